#include "node/lanes.h"

#include <doctest/doctest.h>

namespace smeg::node {
namespace {

const Instant kStart{};
const addr::Prefix kGreen{addr::IpAddress::parse("fd22::").value(), 64};
const addr::Prefix kBlue{addr::IpAddress::parse("fd33::").value(), 64};

crypto::IdentityKey member(std::uint8_t number) { return {{number}}; }
WantedPeer leading(std::uint8_t number, std::set<addr::Prefix> prefixes, std::set<addr::Prefix> sources = {}) {
  return {.key = {{number}},
          .address = addr::IpAddress::v6({0xfd, number}),
          .endpoint = std::nullopt,
          .prefixes = std::move(prefixes),
          .sources = std::move(sources),
          .identity = member(number)};
}
std::vector<crypto::IdentityKey> needed(std::vector<WantedPeer> peers) {
  return lanes_needed({.mesh = {},
                       .interface = *netstate::InterfaceName::make("smeg", 0),
                       .address = addr::IpAddress(),
                       .private_key = {},
                       .peers = std::move(peers)});
}
using Needed = std::vector<crypto::IdentityKey>;

TEST_CASE("whoever leads alone needs no lane") {
  CHECK(needed({leading(1, {kGreen}, {kGreen}), leading(2, {kBlue}, {kBlue}), leading(3, {})}).empty());
}

TEST_CASE("those that lead to one prefix do, and first of all whoever is sent to") {
  CHECK(needed({leading(1, {}, {kGreen}), leading(2, {}, {kBlue}), leading(3, {kGreen}, {kGreen})}) ==
        Needed{member(3), member(1)});
}

TEST_CASE("within the mesh nobody leads: clients and guests are reached through one at a time") {
  const addr::Prefix client = addr::Prefix::host(addr::mesh_prefix({}).address());
  CHECK(needed({leading(1, {}, {client}), leading(2, {}, {client, addr::mesh_prefix({})})}).empty());
}

TEST_CASE("a lane keeps its number, and what nobody needs is known since when") {
  std::vector<KeptLane> lanes;
  CHECK(assign_lanes(lanes, {member(5), member(3)}, kStart));
  REQUIRE(lanes.size() == 2);
  CHECK(lanes[0].member == member(5));
  CHECK(lanes[0].number == 1);
  CHECK(lanes[1].number == 2);
  CHECK_FALSE(assign_lanes(lanes, {member(3)}, kStart + std::chrono::seconds(1)));
  CHECK_FALSE(assign_lanes(lanes, {member(3)}, kStart + std::chrono::seconds(2)));
  CHECK(lanes[0].unwanted_since == kStart + std::chrono::seconds(1));
  CHECK(lanes[1].unwanted_since == kNever);
  lanes.erase(lanes.begin());
  CHECK(assign_lanes(lanes, {member(3), member(7)}, kStart));
  CHECK(lanes[1].number == 1);
  CHECK_FALSE(assign_lanes(lanes, {member(7), member(3)}, kStart));
}

TEST_CASE("there are no more than there are numbers, and nobody loses its own to another") {
  std::vector<KeptLane> lanes;
  Needed many;
  for (std::uint8_t i = 40; i > 0; --i) many.push_back(member(i));
  CHECK(assign_lanes(lanes, many, kStart));
  CHECK(lanes.size() == netstate::kLanesPerMesh);
  many.insert(many.begin(), member(99));
  CHECK_FALSE(assign_lanes(lanes, many, kStart));
  CHECK(lanes.front().member == member(40));
}

TEST_CASE("a lane's key is the same each time, another for each member, and as the kernel shows it") {
  const crypto::WgPrivateKey one(ByteArray<32>{1}), other(ByteArray<32>{2});
  CHECK(lane_key(one, member(1)) == lane_key(one, member(1)));
  CHECK_FALSE(lane_key(one, member(1)) == lane_key(one, member(2)));
  CHECK_FALSE(lane_key(one, member(1)) == lane_key(other, member(1)));
  const ByteArray<32> bytes = lane_key(one, member(1)).expose();
  CHECK((bytes[0] & 7) == 0);
  CHECK((bytes[31] & 192) == 64);
}

}  // namespace
}  // namespace smeg::node
