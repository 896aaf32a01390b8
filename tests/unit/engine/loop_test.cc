#include "engine/loop.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>

#include "engine/timer.h"
#include "engine/wake.h"

using namespace smeg;
using namespace smeg::engine;

namespace {

Wake rung() {
  auto wake = Wake::make();
  REQUIRE(wake);
  wake->ring();
  return std::move(*wake);
}

}  // namespace

TEST_CASE("a handler may forget itself and others, and those that were forgotten are not called") {
  auto loop = Loop::make();
  REQUIRE(loop);
  Wake first = rung();
  Wake second = rung();
  int calls = 0;
  const auto handler = [&](std::uint32_t) {
    ++calls;
    (*loop)->forget(first.descriptor());
    (*loop)->forget(second.descriptor());
    (*loop)->stop();
  };
  REQUIRE((*loop)->watch(first.descriptor(), EPOLLIN, handler));
  REQUIRE((*loop)->watch(second.descriptor(), EPOLLIN, handler));
  CHECK((*loop)->run([] {}));
  CHECK(calls == 1);
}

TEST_CASE("an event for a descriptor that was closed doesn't reach the next one of that number") {
  auto loop = Loop::make();
  REQUIRE(loop);
  std::vector<Wake> wakes;
  wakes.push_back(rung());
  wakes.push_back(rung());
  int old_calls = 0;
  int new_calls = 0;
  // Whichever is called first replaces the other by a silent one of the same number.
  for (std::size_t self = 0; self < 2; ++self) {
    const auto handler = [&, self](std::uint32_t) {
      ++old_calls;
      wakes[self].quiet();
      const int number = wakes[1 - self].descriptor();
      (*loop)->forget(number);
      wakes[1 - self] = *Wake::make();  // opened before the old one is closed
      auto again = Wake::make();
      REQUIRE(again);
      CHECK(again->descriptor() == number);
      wakes[1 - self] = std::move(*again);
      REQUIRE((*loop)->watch(number, EPOLLIN, [&](std::uint32_t) { ++new_calls; }));
      (*loop)->stop();
    };
    REQUIRE((*loop)->watch(wakes[self].descriptor(), EPOLLIN, handler));
  }
  CHECK((*loop)->run([] {}));
  CHECK(old_calls == 1);
  CHECK(new_calls == 0);
}

TEST_CASE("a descriptor is watched once, and one that isn't open not at all") {
  auto loop = Loop::make();
  REQUIRE(loop);
  Wake wake = rung();
  REQUIRE((*loop)->watch(wake.descriptor(), EPOLLIN, [](std::uint32_t) {}));
  CHECK_FALSE((*loop)->watch(wake.descriptor(), EPOLLIN, [](std::uint32_t) {}));
  CHECK_FALSE((*loop)->watch(-1, EPOLLIN, [](std::uint32_t) {}));
  (*loop)->forget(-1);
}

TEST_CASE("a deadline that has passed fires at once, and again when it is set again") {
  auto loop = Loop::make();
  auto timer = DeadlineTimer::make();
  REQUIRE(loop);
  REQUIRE(timer);
  int fired = 0;
  REQUIRE((*loop)->watch(timer->descriptor(), EPOLLIN, [&](std::uint32_t) {
    timer->quiet();
    if (++fired == 3) (*loop)->stop();
  }));
  CHECK((*loop)->run([&] { timer->set(Instant(Duration(0))); }));
  CHECK(fired == 3);
}
