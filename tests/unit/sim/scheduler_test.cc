#include "sim/scheduler.h"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

TEST_CASE("jobs run in order of time, those of one instant as they were given") {
  Scheduler scheduler;
  const Instant start = scheduler.now();
  std::vector<int> ran;
  scheduler.after(milliseconds(20), [&] { ran.push_back(3); });
  scheduler.after(milliseconds(10), [&] {
    ran.push_back(1);
    scheduler.after({}, [&] { ran.push_back(2); });
  });
  scheduler.after(milliseconds(30), [&] { ran.push_back(4); });
  scheduler.after(milliseconds(30), [&] { ran.push_back(5); });
  scheduler.run_until(start + milliseconds(25));
  CHECK(ran == std::vector<int>{1, 2, 3});
  CHECK(scheduler.now() == start + milliseconds(25));
  scheduler.run_until(start + milliseconds(30));
  CHECK(ran == std::vector<int>{1, 2, 3, 4, 5});
}

TEST_CASE("what is late runs now, and the clock never goes back") {
  Scheduler scheduler;
  const Instant start = scheduler.now();
  scheduler.run_until(start + milliseconds(50));
  Instant ran{};
  scheduler.at(start, [&] { ran = scheduler.now(); });
  CHECK(scheduler.run_next(scheduler.now()));
  CHECK(ran == start + milliseconds(50));
  CHECK_FALSE(scheduler.run_next(start));
  CHECK(scheduler.now() == start + milliseconds(50));
}

// The stupid twin: a sorted map.
TEST_CASE("any mixture of jobs runs as a sorted list would") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SeededRng chance(seed);
    Scheduler scheduler;
    std::multimap<Instant, int> twin;
    std::vector<int> ran;
    int given = 0;
    const auto give = [&](auto& self) -> void {
      const Instant when = scheduler.now() + milliseconds(chance.below(50));
      const int number = ++given;
      twin.emplace(when, number);
      scheduler.at(when, [&, number, when] {
        CHECK(scheduler.now() == when);
        ran.push_back(number);
        if (given < 2'000) self(self);
        if (given < 2'000 && chance.below(3) == 0) self(self);
      });
    };
    for (int i = 0; i < 40; ++i) give(give);
    scheduler.run_until(scheduler.now() + std::chrono::hours(1));
    std::vector<int> wanted;
    for (const auto& [when, number] : twin) wanted.push_back(number);
    CHECK(ran == wanted);
    CHECK(scheduler.waiting() == 0);
    CHECK(scheduler.ran() == wanted.size());
  }
}

TEST_CASE("jobs may be large, can only be moved, and are let go of whether they ran or not") {
  const auto counted = std::make_shared<int>(0);
  {
    Scheduler scheduler;
    std::array<std::uint64_t, 32> large{};
    large[31] = 7;
    scheduler.after(milliseconds(1), [large, counted] { *counted += static_cast<int>(large[31]); });
    scheduler.after(milliseconds(2), [only = std::make_unique<int>(35), counted] { *counted += *only; });
    scheduler.after(milliseconds(9), [large, counted] { *counted = static_cast<int>(large[0]); });
    scheduler.after(milliseconds(9), [counted] { *counted = 0; });
    scheduler.run_until(scheduler.now() + milliseconds(5));
    CHECK(*counted == 42);
    CHECK(counted.use_count() == 3);
  }
  CHECK(*counted == 42);
  CHECK(counted.use_count() == 1);
}

}  // namespace
}  // namespace smeg::sim
