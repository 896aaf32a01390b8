// Time is an argument. Instant is monotonic and all that liveness and timers may use; WallTime is the calendar's, for
// expiry of invites and for people to read. Neither can be asked for the present: only layers 5 and up read clocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace smeg {

using Duration = std::chrono::nanoseconds;

struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock, duration>;
  static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;
inline constexpr Instant kNever = Instant::max();

struct WallClock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WallClock, duration>;
  static constexpr bool is_steady = false;
};
// Milliseconds since 1970-01-01T00:00:00Z.
using WallTime = WallClock::time_point;

// RFC 3339 in UTC, to the second: "2026-03-01T12:00:00Z".
std::string to_rfc3339(WallTime time);

}  // namespace smeg
