#include "wireguard/timestamp.h"

#include <algorithm>

namespace smeg::wireguard {
namespace {

// TAI64's label of 1970-01-01T00:00:10 TAI, which is when the calendar of Unix begins.
constexpr std::uint64_t kUnixEpoch = (std::uint64_t{1} << 62) + 10;
constexpr std::chrono::nanoseconds kGranule{1 << 24};

}  // namespace

Timestamp Timestamp::from_unix(std::chrono::nanoseconds since_1970) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970);
  Timestamp out;
  store_be(out.bytes.data(), kUnixEpoch + static_cast<std::uint64_t>(seconds.count()));
  store_be(out.bytes.data() + 8, static_cast<std::uint32_t>((since_1970 - seconds).count()));
  return out;
}

void TimestampSource::set_wall_clock(WallTime wall, Instant now) {
  wall_at_ = std::max<std::chrono::nanoseconds>(wall.time_since_epoch(), std::chrono::nanoseconds(0));
  set_at_ = now;
}

std::chrono::nanoseconds TimestampSource::wall(Instant now) const { return wall_at_ + (now - set_at_); }

Timestamp TimestampSource::next(Instant now) {
  const auto calendar = wall(now) / kGranule * kGranule;
  last_ = std::max<std::chrono::nanoseconds>(calendar, last_ + kGranule);
  return Timestamp::from_unix(last_);
}

}  // namespace smeg::wireguard
