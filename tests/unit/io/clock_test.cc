#include "io/io.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::io;

TEST_CASE("the monotonic clock never goes back") {
  Instant last = OsClock::now();
  for (int i = 0; i < 1'000; ++i) {
    const Instant now = OsClock::now();
    CHECK(now >= last);
    last = now;
  }
}

TEST_CASE("the wall clock counts milliseconds since 1970") {
  // 2023 to 2106: a host whose clock is elsewhere can't have built this.
  CHECK(OsClock::wall_now() > WallTime(std::chrono::seconds(1'672'531'200)));
  CHECK(OsClock::wall_now() < WallTime(std::chrono::seconds(4'294'967'296)));
}
