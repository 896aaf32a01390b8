#include "io/session_guests.h"

#include <doctest/doctest.h>

namespace smeg::io {
namespace {

addr::IpAddress v4(unsigned last) { return addr::IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(last)}); }

TEST_CASE("there is room for so many guests, then one of the biggest crowd goes") {
  Guests guests;
  // One honest guest comes first, then a crowd from one address fills the place.
  CHECK_FALSE(guests.enter(SessionId{1}, v4(1)));
  for (std::uint64_t id = 2; id <= limits::kUnauthenticatedSessions; ++id) {
    CHECK_FALSE(guests.enter(SessionId{id}, v4(9)));
  }
  CHECK(guests.size() == limits::kUnauthenticatedSessions);

  // Whoever comes now, it is the crowd's oldest that goes: another of the crowd, or a newcomer of elsewhere.
  CHECK(guests.enter(SessionId{100}, v4(9)) == SessionId{2});
  CHECK(guests.enter(SessionId{101}, v4(2)) == SessionId{3});
  CHECK(guests.size() == limits::kUnauthenticatedSessions);
  CHECK(guests.holds(SessionId{1}));
  CHECK(guests.holds(SessionId{101}));
  CHECK_FALSE(guests.holds(SessionId{2}));
}

TEST_CASE("a guest that is accepted makes room") {
  Guests guests;
  for (std::uint64_t id = 1; id <= limits::kUnauthenticatedSessions; ++id) {
    CHECK_FALSE(guests.enter(SessionId{id}, v4(static_cast<unsigned>(id))));
  }
  guests.leave(SessionId{7});
  guests.leave(SessionId{7});
  CHECK_FALSE(guests.enter(SessionId{100}, v4(200)));
  // All sources are equal: the oldest goes.
  CHECK(guests.enter(SessionId{101}, v4(201)) == SessionId{1});
}

TEST_CASE("an IPv6 network counts as one source, for a host has as many addresses there as it likes") {
  Guests guests;
  const auto v6 = [](std::uint8_t network, std::uint8_t host) {
    ByteArray<16> bytes{0x20, 0x01, 0x0d, 0xb8};
    bytes[7] = network;
    bytes[15] = host;
    return addr::IpAddress::v6(bytes);
  };
  CHECK_FALSE(guests.enter(SessionId{1}, v6(1, 1)));
  for (std::uint64_t id = 2; id <= limits::kUnauthenticatedSessions; ++id) {
    CHECK_FALSE(guests.enter(SessionId{id}, v6(2, static_cast<std::uint8_t>(id))));
  }
  CHECK(guests.enter(SessionId{100}, v6(3, 1)) == SessionId{2});
}

}  // namespace
}  // namespace smeg::io
