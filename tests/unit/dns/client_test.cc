// Who counts as one client, and whose connection has to go.
#include <doctest/doctest.h>

#include "unit/dns/sample.h"

using namespace smeg;
using namespace smeg::dns;
using std::chrono::seconds;

namespace {

const std::vector<OwnPlace> kOwn = {{ip("fd00:1:2:3::a"), "smeg0", *addr::Prefix::parse("fd00:1:2:3::/64")}};

// Open connections of one client, the newest first.
std::vector<Holder> held(const std::string& client, std::size_t count, int newest) {
  std::vector<Holder> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({client_of(ip(client), kOwn), Instant(seconds(newest - static_cast<int>(i)))});
  return out;
}

}  // namespace

TEST_CASE("a client is an address of IPv4 or of this host's meshes, else a /64") {
  CHECK(client_of(ip("192.0.2.1"), kOwn) == *addr::Prefix::parse("192.0.2.1/32"));
  CHECK(client_of(ip("fd00:1:2:3::b"), kOwn) == *addr::Prefix::parse("fd00:1:2:3::b/128"));
  CHECK(client_of(ip("::1"), {}) == *addr::Prefix::parse("::1/128"));
  CHECK(client_of(ip("fd00:1:2:3::b"), {}) == *addr::Prefix::parse("fd00:1:2:3::/64"));
  CHECK(client_of(ip("fd00:1:2:4::b"), kOwn) == *addr::Prefix::parse("fd00:1:2:4::/64"));
}

TEST_CASE("one member with all the connections it may have makes room for itself, and keeps nobody else away") {
  const std::size_t most = limits::kDnsTcpConnectionsPerClient;
  auto open = held("fd00:1:2:3::b", most, 1'000);
  CHECK(who_makes_room(open, client_of(ip("fd00:1:2:3::b"), kOwn)) == most - 1);
  CHECK_FALSE(who_makes_room(open, client_of(ip("fd00:1:2:3::c"), kOwn)));
  open.pop_back();
  CHECK_FALSE(who_makes_room(open, client_of(ip("fd00:1:2:3::b"), kOwn)));
  // Who is idle for longer, but somebody else, stays.
  open = held("::1", most, 1'000);
  open.push_back({client_of(ip("fd00:1:2:3::c"), kOwn), Instant(seconds(1))});
  CHECK(who_makes_room(open, client_of(ip("::1"), kOwn)) == most - 1);
}

TEST_CASE("where there are too many in all, the idlest goes, whoever it is") {
  std::vector<Holder> open;
  for (std::size_t i = 0; open.size() < limits::kDnsTcpConnections; ++i)
    for (const Holder& each : held("192.0.2." + std::to_string(i), 8, 1'000 + static_cast<int>(i)))
      open.push_back(each);
  open[100].moved = Instant(seconds(1));
  CHECK(who_makes_room(open, client_of(ip("192.0.2.200"), kOwn)) == 100);
  open.pop_back();
  CHECK_FALSE(who_makes_room(open, client_of(ip("192.0.2.200"), kOwn)));
}
