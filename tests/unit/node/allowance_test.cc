#include "node/allowance.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::node;
using namespace std::chrono_literals;

TEST_CASE("an allowance is spent, comes back by and by, and never grows beyond its measure") {
  const Instant now = Instant{} + 1h;
  Allowance allowance;
  CHECK(allowance.left(now) == kAnsweredAtOnce);
  allowance.spend(kAnsweredAtOnce / 2, now);
  CHECK(allowance.left(now) == kAnsweredAtOnce / 2);
  CHECK_FALSE(allowance.full(now));
  allowance.spend(kAnsweredAtOnce, now);  // the last answer may go over it
  CHECK(allowance.left(now) == 0);
  CHECK(allowance.left(now + 2s) == 0);
  CHECK(allowance.left(now + 3s) == kAnsweredPerSecond);
  CHECK(allowance.left(now + 1h) == kAnsweredAtOnce);
  CHECK(allowance.full(now + 1h));
}
