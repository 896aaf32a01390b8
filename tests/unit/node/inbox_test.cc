#include "node/inbox.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::node;

namespace {

crypto::IdentityKey key(std::uint8_t first) {
  crypto::IdentityKey out;
  out.bytes[0] = first;
  return out;
}

// So many items of that size, on the session of that number.
std::vector<Incoming> items(std::uint64_t session, std::size_t count, std::size_t size = 10) {
  return std::vector<Incoming>(count, Incoming{SessionId{session}, Bytes(size), false});
}

std::size_t count(Inbox& inbox) {
  std::size_t out = 0;
  for (; !inbox.empty(); ++out) inbox.take();
  return out;
}

}  // namespace

TEST_CASE("our own files come first, then members in turn, each in the order of what it sent") {
  Inbox inbox;
  CHECK(inbox.empty());
  CHECK(inbox.put(key(1), items(1, 1'000)).empty());
  CHECK(inbox.put(key(2), items(2, 2)).empty());
  inbox.put_own({Bytes(1)});
  CHECK(inbox.has_own());
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 6; ++i) order.push_back(inbox.take().from.value);
  CHECK(order == std::vector<std::uint64_t>{0, 1, 2, 1, 2, 1});
  CHECK_FALSE(inbox.has_own());
  CHECK(count(inbox) == 997);
}

TEST_CASE("one member that sends more than may wait loses the rest, in items and in bytes, and nobody else does") {
  Inbox inbox;
  const auto dropped = inbox.put(key(1), items(1, kInboxItemsPerMember + 5));
  CHECK(dropped == Inbox::Dropped{{key(1), 5}});
  CHECK(inbox.put(key(2), items(2, 7)).empty());
  CHECK(count(inbox) == kInboxItemsPerMember + 7);
  const std::size_t size = 64 * 1'024;
  CHECK(inbox.put(key(1), items(1, kInboxBytesPerMember / size + 3, size)) == Inbox::Dropped{{key(1), 3}});
  CHECK(inbox.put(key(2), items(2, 7, size)).empty());
}

TEST_CASE("where many fill the inbox together, one that has little there still gets in") {
  Inbox inbox;
  SUBCASE("by items") {
    for (std::uint8_t n = 1; n <= 4; ++n) CHECK(inbox.put(key(n), items(n, kInboxItemsPerMember)).empty());
    const auto dropped = inbox.put(key(9), items(9, 100));
    REQUIRE(dropped.size() == 1);
    CHECK(dropped.begin()->first != key(9));
    CHECK(dropped.begin()->second == 100);
    CHECK(count(inbox) == limits::kInboxItems);
  }
  SUBCASE("by bytes") {
    const std::size_t size = 128 * 1'024;
    for (std::uint8_t n = 1; n <= 8; ++n) CHECK(inbox.put(key(n), items(n, kInboxBytesPerMember / size, size)).empty());
    const auto dropped = inbox.put(key(9), items(9, 4, size));
    REQUIRE(dropped.size() == 1);
    CHECK(dropped.begin()->first != key(9));
    CHECK(count(inbox) == kInboxBytes / size);
  }
}
