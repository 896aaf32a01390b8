// Timers of the control thread.
#pragma once

#include "io/io.h"

namespace smeg::engine {

// Becomes readable at an instant of io::OsClock. One thread.
class DeadlineTimer {
 public:
  static Result<DeadlineTimer> make();

  int descriptor() const { return timer_.get(); }
  // kNever: not at all.
  void set(Instant deadline);
  void quiet();

 private:
  explicit DeadlineTimer(io::Descriptor timer) : timer_(std::move(timer)) {}
  io::Descriptor timer_;
  Instant deadline_ = kNever;
};

// Becomes readable when the calendar's time is set, or jumps as the host wakes. One thread.
class WallClockWatch {
 public:
  static Result<WallClockWatch> make();

  int descriptor() const { return timer_.get(); }
  void quiet();  // and listens on

 private:
  explicit WallClockWatch(io::Descriptor timer) : timer_(std::move(timer)) {}
  void arm();
  io::Descriptor timer_;
};

}  // namespace smeg::engine
