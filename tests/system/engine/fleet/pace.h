// How many of a steady stream are due by now.
#pragma once

#include <chrono>
#include <thread>

#include "io/io.h"

namespace smeg::fleet {

class Pace {
 public:
  explicit Pace(std::uint32_t rate) : rate_(rate), begun_(io::OsClock::now()) {}

  std::chrono::nanoseconds elapsed() const { return io::OsClock::now() - begun_; }
  std::uint64_t due() const {
    return static_cast<std::uint64_t>(std::chrono::duration<double>(elapsed()).count() * rate_);
  }
  static void rest() { std::this_thread::sleep_for(std::chrono::microseconds(500)); }

 private:
  std::uint32_t rate_;
  Instant begun_;
};

}  // namespace smeg::fleet
