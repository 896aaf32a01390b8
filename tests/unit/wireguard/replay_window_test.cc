#include "wireguard/replay_window.h"

#include <doctest/doctest.h>

#include <set>

namespace smeg::wireguard {
namespace {

// The same by a set of all counters that were seen.
class NaiveWindow {
 public:
  bool accept(std::uint64_t counter) {
    if (counter >= kRejectAfterMessages) return false;
    if (!seen_.empty() && *seen_.rbegin() >= kReplayWindow && counter <= *seen_.rbegin() - kReplayWindow) return false;
    return seen_.insert(counter).second;
  }

 private:
  std::set<std::uint64_t> seen_;
};

TEST_CASE("each counter is taken once, in any order within the window") {
  ReplayWindow window;
  CHECK(window.accept(0));
  CHECK(!window.accept(0));
  CHECK(window.accept(5));
  CHECK(window.accept(3));
  CHECK(!window.accept(3));
  CHECK(!window.accept(5));
  CHECK(window.accept(4));
}

TEST_CASE("the window reaches back 8,127 counters from the greatest") {
  static_assert(kReplayWindow >= 8'128);
  for (const std::uint64_t greatest : {8'128u, 8'191u, 8'192u, 8'193u, 100'000u, 1u << 30}) {
    CAPTURE(greatest);
    ReplayWindow window;
    REQUIRE(window.accept(greatest));
    CHECK(!window.accept(greatest - kReplayWindow));
    CHECK(window.accept(greatest - kReplayWindow + 1));
    CHECK(!window.accept(greatest - kReplayWindow + 1));
    CHECK(window.accept(greatest - 1));
  }
}

TEST_CASE("a jump forgets nothing that it must remember, and nothing else is remembered") {
  ReplayWindow window;
  for (std::uint64_t i = 0; i < 9'000; ++i) REQUIRE(window.accept(i));
  CHECK(window.accept(9'000 + kReplayBits * 3));
  for (std::uint64_t i = 1; i < kReplayWindow; ++i) CHECK(window.accept(9'000 + kReplayBits * 3 - i));
}

TEST_CASE("the last counters of a session") {
  ReplayWindow window;
  CHECK(window.accept(kRejectAfterMessages - 1));
  CHECK(!window.accept(kRejectAfterMessages));
  CHECK(!window.accept(~std::uint64_t{0}));
  CHECK(window.accept(kRejectAfterMessages - kReplayWindow));
  CHECK(!window.accept(kRejectAfterMessages - kReplayWindow - 1));
}

TEST_CASE("against the naive twin") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    ReplayWindow window;
    NaiveWindow naive;
    std::uint64_t base = rng.below(20'000);
    for (int i = 0; i < 3'000; ++i) {
      if (rng.below(50) == 0) base += rng.below(3 * kReplayBits);
      base += rng.below(4);
      const std::uint64_t back = rng.below(8) == 0 ? rng.below(2 * kReplayBits) : rng.below(100);
      const std::uint64_t counter = base - std::min(base, back);
      CAPTURE(counter);
      REQUIRE(window.accept(counter) == naive.accept(counter));
    }
  }
}

}  // namespace
}  // namespace smeg::wireguard
