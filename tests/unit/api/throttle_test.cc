#include "api/throttle.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::api;
using namespace std::chrono_literals;

TEST_CASE("so many at once, then so many a second, each name for itself") {
  Throttle throttle(2, 5);
  Instant now{1h};
  for (int i = 0; i < 5; ++i) CHECK(throttle.wait("a", now) == Duration::zero());
  CHECK(throttle.wait("a", now) == 500ms);
  CHECK(throttle.wait("a", now) == 500ms);  // to ask in vain costs nothing
  CHECK(throttle.wait("b", now) == Duration::zero());
  CHECK(throttle.wait("a", now + 499ms) == 1ms);
  CHECK(throttle.wait("a", now + 500ms) == Duration::zero());
  CHECK(throttle.wait("a", now + 500ms) == 500ms);
  now += 10s;
  for (int i = 0; i < 5; ++i) CHECK(throttle.wait("a", now) == Duration::zero());
  CHECK(throttle.wait("a", now) > Duration::zero());
  throttle.prune([](const std::string& name) { return name != "a"; });
  CHECK(throttle.wait("a", now) == Duration::zero());
}

TEST_CASE("over a long time no more go through than the rate says") {
  Throttle throttle(20, 40);
  int through = 0;
  for (auto after = 0ms; after < 60s; after += 7ms)
    through += throttle.wait("a", Instant{1h} + after) == Duration::zero();
  CHECK(through <= 60 * 20 + 40);
  CHECK(through >= 60 * 20);
}
