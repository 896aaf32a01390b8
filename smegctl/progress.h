// A line for whoever waits at a terminal.
#pragma once

#include <string>

#include "cli.h"

namespace smeg::ctl {

// Says on standard error what is being waited for, if that is a terminal, and takes it back when it goes.
class Progress {
 public:
  Progress(const Surroundings& around, std::string what) : around_(around), what_(std::move(what)) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void show();                 // of what can't tell how long it takes
  void show(Duration waited);  // again and again

 private:
  void draw(const std::string& line);

  const Surroundings& around_;
  std::string what_;
  bool shown_ = false;
};

}  // namespace smeg::ctl
