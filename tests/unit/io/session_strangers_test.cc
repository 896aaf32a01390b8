#include "io/session_strangers.h"

#include <doctest/doctest.h>

namespace smeg::io {
namespace {

addr::IpAddress v4(unsigned last) { return addr::IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(last)}); }

TEST_CASE("there is room for so many strangers, then one of the biggest crowd goes") {
  Strangers strangers;
  // One honest stranger comes first, then a crowd from one address fills the place.
  CHECK_FALSE(strangers.enter(SessionId{1}, v4(1)));
  for (std::uint64_t id = 2; id <= limits::kUnauthenticatedSessions; ++id) {
    CHECK_FALSE(strangers.enter(SessionId{id}, v4(9)));
  }
  CHECK(strangers.size() == limits::kUnauthenticatedSessions);

  // Whoever comes now, it is the crowd's oldest that goes: another of the crowd, or a newcomer of elsewhere.
  CHECK(strangers.enter(SessionId{100}, v4(9)) == SessionId{2});
  CHECK(strangers.enter(SessionId{101}, v4(2)) == SessionId{3});
  CHECK(strangers.size() == limits::kUnauthenticatedSessions);
  CHECK(strangers.holds(SessionId{1}));
  CHECK(strangers.holds(SessionId{101}));
  CHECK_FALSE(strangers.holds(SessionId{2}));
}

TEST_CASE("a stranger that is accepted makes room") {
  Strangers strangers;
  for (std::uint64_t id = 1; id <= limits::kUnauthenticatedSessions; ++id) {
    CHECK_FALSE(strangers.enter(SessionId{id}, v4(static_cast<unsigned>(id))));
  }
  strangers.leave(SessionId{7});
  strangers.leave(SessionId{7});
  CHECK_FALSE(strangers.enter(SessionId{100}, v4(200)));
  // All sources are equal: the oldest goes.
  CHECK(strangers.enter(SessionId{101}, v4(201)) == SessionId{1});
}

TEST_CASE("an IPv6 network counts as one source, for a host has as many addresses there as it likes") {
  Strangers strangers;
  const auto v6 = [](std::uint8_t network, std::uint8_t host) {
    ByteArray<16> bytes{0x20, 0x01, 0x0d, 0xb8};
    bytes[7] = network;
    bytes[15] = host;
    return addr::IpAddress::v6(bytes);
  };
  CHECK_FALSE(strangers.enter(SessionId{1}, v6(1, 1)));
  for (std::uint64_t id = 2; id <= limits::kUnauthenticatedSessions; ++id) {
    CHECK_FALSE(strangers.enter(SessionId{id}, v6(2, static_cast<std::uint8_t>(id))));
  }
  CHECK(strangers.enter(SessionId{100}, v6(3, 1)) == SessionId{2});
}

}  // namespace
}  // namespace smeg::io
