#include "sim/scheduler.h"

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace smeg::sim
