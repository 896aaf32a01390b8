// A bell between threads.
#pragma once

#include "io/io.h"

namespace smeg::engine {

// An eventfd: ring() from any thread makes descriptor() readable until quiet() is called.
class Wake {
 public:
  static Result<Wake> make();

  int descriptor() const { return event_.get(); }
  void ring() const;
  void quiet() const;

 private:
  explicit Wake(io::Descriptor event) : event_(std::move(event)) {}
  io::Descriptor event_;
};

}  // namespace smeg::engine
