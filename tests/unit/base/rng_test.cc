#include "base/rng.h"

#include <doctest/doctest.h>

#include <set>

namespace smeg {
namespace {

using namespace std::chrono_literals;

TEST_CASE("numbers below a bound cover all of it") {
  SeededRng rng(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(rng.below(10));
  CHECK(seen.size() == 10);
  CHECK(*seen.rbegin() == 9);
  CHECK(rng.below(1) == 0);
}

TEST_CASE("jitter stays below its limit, and there is none of nothing") {
  SeededRng rng(1);
  for (int i = 0; i < 1'000; ++i) {
    const Duration jitter = rng.jitter(333ms);
    CHECK(jitter >= 0ms);
    CHECK(jitter < 333ms);
  }
  CHECK(rng.jitter(0ms) == 0ms);
  CHECK(rng.jitter(-5ms) == 0ms);
}

TEST_CASE("the same seed gives the same numbers") {
  SeededRng a(7);
  SeededRng b(7);
  SeededRng c(8);
  CHECK(a.next() == b.next());
  CHECK(a.next() != c.next());
}

}  // namespace
}  // namespace smeg
