#include "io/clock.h"

#include <time.h>

namespace smeg::io {
namespace {

std::chrono::nanoseconds read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);  // can't fail for clocks that every supported kernel has
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant OsClock::now() { return Instant(read(CLOCK_BOOTTIME)); }

WallTime OsClock::wall_now() { return WallTime(std::chrono::duration_cast<WallTime::duration>(read(CLOCK_REALTIME))); }

}  // namespace smeg::io
