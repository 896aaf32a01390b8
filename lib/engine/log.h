// What the engine has to say, on standard error.
#pragma once

#include <string>
#include <string_view>

#include "base/base.h"

namespace smeg::engine {

enum class LogLevel { silent, error, verbose };

// The level that the environment's LOG_LEVEL names, as wireguard-go reads it: "silent", "error", "verbose" or "debug".
// Error for anything else, and for none.
LogLevel log_level_of(const char* text);

// Whole lines, "error: (wg0) what is wrong". Any thread. Never waits: a line that nobody takes is lost.
class Log {
 public:
  Log(LogLevel level, std::string interface) : level_(level), interface_(std::move(interface)) {}

  void error(std::string_view what) const;
  void error(const Error& what) const;  // with its hint
  void verbose(std::string_view what) const;

 private:
  void line(std::string_view kind, std::string_view what) const;
  LogLevel level_;
  std::string interface_;
};

}  // namespace smeg::engine
