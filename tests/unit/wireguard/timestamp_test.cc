#include "wireguard/timestamp.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

TEST_CASE("TAI64N as its inventor writes it") {
  // 1970-01-01T00:00:00Z is 4000000000000000a.
  CHECK(crypto::to_hex(Timestamp::from_unix(0ns).bytes) == "400000000000000a00000000");
  CHECK(crypto::to_hex(Timestamp::from_unix(1s + 255ns).bytes) == "400000000000000b000000ff");
  CHECK(Timestamp::from_unix(1s) > Timestamp::from_unix(999'999'999ns));
}

TEST_CASE("timestamps only go up, whatever the calendar does") {
  TimestampSource source;
  source.set_wall_clock(WallTime(1'700'000'000s), kStart);
  Timestamp last = source.next(kStart);
  for (const auto wall : {1'700'000'000s, 1'600'000'000s, 0s, 1'800'000'000s, 1'700'000'000s}) {
    source.set_wall_clock(WallTime(wall), kStart);
    for (int i = 0; i < 3; ++i) {
      const Timestamp next = source.next(kStart + i * 1ms);
      CHECK(next > last);
      last = next;
    }
  }
}

TEST_CASE("timestamps tell the time no finer than needed") {
  TimestampSource source;
  source.set_wall_clock(WallTime(1'700'000'000s), kStart);
  const Timestamp stamp = source.next(kStart + 123'456'789ns);
  const auto nanoseconds = load_be<std::uint32_t>(&stamp.bytes[8]);
  CHECK(nanoseconds <= 123'456'789);
  CHECK(nanoseconds > 123'456'789 - (1 << 24));
}

TEST_CASE("a calendar from before 1970 counts as 1970") {
  TimestampSource source;
  source.set_wall_clock(WallTime(-5s), kStart);
  CHECK(source.wall(kStart) == 0ns);
  CHECK(source.wall(kStart + 1s) == 1s);
}

}  // namespace
}  // namespace smeg::wireguard
