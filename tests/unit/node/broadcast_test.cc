#include "node/broadcast.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

SessionId session(std::uint64_t number) { return SessionId{number}; }

crdt::Held named(std::uint8_t key, std::uint64_t counter) {
  return {.key = {key}, .version = {1, counter}, .hash = {}};
}

const Instant kStart{1h};

// What is to be asked of whom, where nothing of what was named has come but what `held` says.
using Asked = std::map<SessionId, std::vector<crdt::ItemKey>>;
Asked overdue(Broadcast& broadcast, Instant now, const std::vector<crdt::ItemKey>& held = {}) {
  return broadcast.take_overdue(now,
                                [&](const crdt::Held& one) { return std::ranges::find(held, one.key) == held.end(); });
}

}  // namespace

TEST_CASE("what comes twice has its session carry names, and the other side is told once") {
  Broadcast broadcast;
  CHECK(broadcast.whole_to(session(1)));
  CHECK(broadcast.came_twice(session(1)));
  CHECK_FALSE(broadcast.came_twice(session(1)));
  CHECK_FALSE(broadcast.whole_to(session(1)));
  CHECK(broadcast.whole_to(session(2)));
  broadcast.on_prune(session(2));
  CHECK_FALSE(broadcast.whole_to(session(2)));
  broadcast.on_want(session(2));
  CHECK(broadcast.whole_to(session(2)));
}

TEST_CASE("what was named and doesn't come is asked for, of one after another, whose sessions carry all again") {
  Broadcast broadcast;
  broadcast.on_prune(session(1));
  broadcast.on_prune(session(2));
  CHECK(broadcast.next_deadline() == kNever);
  broadcast.on_name(session(1), named(7, 1), kStart);
  broadcast.on_name(session(2), named(7, 1), kStart + 10ms);
  broadcast.on_name(session(2), named(7, 1), kStart + 20ms);
  CHECK(broadcast.next_deadline() == kStart + 250ms);
  CHECK(overdue(broadcast, kStart + 249ms).empty());
  CHECK(overdue(broadcast, kStart + 250ms) == Asked{{session(1), {{7}}}});
  CHECK(broadcast.whole_to(session(1)));
  CHECK_FALSE(broadcast.whole_to(session(2)));
  CHECK(broadcast.next_deadline() == kStart + 1250ms);
  CHECK(overdue(broadcast, kStart + 1250ms) == Asked{{session(2), {{7}}}});
  CHECK(overdue(broadcast, kStart + 2250ms).empty());
  CHECK(broadcast.next_deadline() == kNever);
}

TEST_CASE("nobody is asked for what has come") {
  Broadcast broadcast;
  broadcast.on_name(session(1), named(7, 1), kStart);
  broadcast.on_name(session(1), named(8, 1), kStart);
  CHECK(overdue(broadcast, kStart + 250ms, {{7}}) == Asked{{session(1), {{8}}}});
}

TEST_CASE("a version that nobody has, whatever its number and hash, doesn't stand in the way of one that is there") {
  Broadcast broadcast;
  crdt::Held forged = named(7, 2);
  forged.hash.back() = 1;
  broadcast.on_name(session(1), named(7, 9), kStart);
  broadcast.on_name(session(1), forged, kStart);
  broadcast.on_name(session(2), named(7, 2), kStart + 100ms);
  CHECK(overdue(broadcast, kStart + 250ms).contains(session(1)));
  CHECK(overdue(broadcast, kStart + 350ms) == Asked{{session(2), {{7}}}});
}

TEST_CASE("one that is gone isn't asked; where it carried all, the others do, and are told so") {
  Broadcast broadcast;
  for (const std::uint64_t each : {2, 3}) broadcast.on_prune(session(each));
  broadcast.on_name(session(2), named(7, 1), kStart);
  broadcast.on_name(session(3), named(7, 1), kStart);
  CHECK(broadcast.lost(session(2), kStart).empty());
  CHECK_FALSE(broadcast.whole_to(session(3)));
  CHECK(overdue(broadcast, kStart + 250ms) == Asked{{session(3), {{7}}}});
  broadcast.on_prune(session(3));
  CHECK(broadcast.lost(session(1), kStart) == std::vector{session(3)});
  CHECK(broadcast.whole_to(session(3)));
}

TEST_CASE("the end of a session that never carried anything tears nothing") {
  Broadcast broadcast;
  broadcast.on_prune(session(1));
  broadcast.on_name(session(2), named(7, 1), kStart);
  broadcast.forget(session(2));
  CHECK_FALSE(broadcast.whole_to(session(1)));
  CHECK(overdue(broadcast, kStart + 250ms).empty());
}

TEST_CASE("a tree that is torn again and again is left to those who ask for what was named") {
  Broadcast broadcast;
  CHECK(broadcast.lost(session(9), kStart).empty());  // there was nobody to tell
  broadcast.on_prune(session(1));
  CHECK(broadcast.lost(session(2), kStart) == std::vector{session(1)});
  broadcast.on_prune(session(1));
  CHECK(broadcast.lost(session(3), kStart + 900ms).empty());
  CHECK_FALSE(broadcast.whole_to(session(1)));
  CHECK(broadcast.lost(session(4), kStart + 1s) == std::vector{session(1)});
}

TEST_CASE("a little news goes everywhere; what is more than that, or large, along the tree") {
  constexpr std::size_t kSize = 512;
  Broadcast broadcast;
  const auto told = [&](Instant now) {
    std::size_t count = 0;
    while (broadcast.everywhere(kSize, false, now)) ++count;
    return count;
  };
  CHECK(told(kStart) == kEverywhereAtOnce / kSize);
  CHECK(broadcast.everywhere(kSize, true, kStart));
  CHECK(told(kStart + 1s) == kEverywherePerSecond / kSize);
  CHECK(told(kStart + 1h) == kEverywhereAtOnce / kSize);
  CHECK_FALSE(broadcast.everywhere(kNamedFrom, false, kStart + 2h));
  CHECK_FALSE(broadcast.everywhere(kNamedFrom, true, kStart + 2h));
}

TEST_CASE("one that names what it doesn't have takes no more than its share of memory") {
  Broadcast broadcast;
  for (std::size_t i = 0; i < 2 * kNamesPerSession; ++i) {
    crdt::Held one;
    store_be<std::uint64_t>(one.key.data(), i);
    broadcast.on_name(session(1), one, kStart);
    if (i % 2 == 0) broadcast.on_name(session(2), one, kStart);
  }
  CHECK(overdue(broadcast, kStart + 250ms).at(session(1)).size() == kNamesPerSession);
}

}  // namespace smeg::node
