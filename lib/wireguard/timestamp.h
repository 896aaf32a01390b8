// TAI64N timestamps (WireGuard paper, section 5.1; https://cr.yp.to/libtai/tai64.html), which make a recorded
// initiation worthless.
#pragma once

#include <compare>

#include "base/base.h"

namespace smeg::wireguard {

// Seconds and nanoseconds, big-endian, so that the order of bytes is the order of time.
struct Timestamp {
  ByteArray<12> bytes{};

  // Since 1970 without leap seconds, not negative.
  static Timestamp from_unix(std::chrono::nanoseconds since_1970);
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

// The calendar of a device. Its timestamps only go up, whatever happens to the calendar, and tell no more than a peer
// needs: they are multiples of 2^24 ns (17 ms), less than which no two initiations follow one another.
class TimestampSource {
 public:
  void set_wall_clock(WallTime wall, Instant now);
  // Above all that were given before.
  Timestamp next(Instant now);
  // Nanoseconds since 1970, for people to read; goes wherever the calendar does.
  std::chrono::nanoseconds wall(Instant now) const;

 private:
  std::chrono::nanoseconds wall_at_{0};
  Instant set_at_{};
  std::chrono::nanoseconds last_{0};
};

}  // namespace smeg::wireguard
