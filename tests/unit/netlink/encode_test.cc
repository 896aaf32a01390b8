// Requests to the byte, and read back by our own decoder.
#include <doctest/doctest.h>

#include "netlink/codec.h"

namespace smeg::netlink {
namespace {

using netstate::Address;
using netstate::InterfaceName;
using netstate::RouteKey;
using netstate::RouteTarget;

std::string hex(const Bytes& bytes) { return crypto::to_hex(bytes); }
Address address(std::string_view text) { return Address::host(addr::IpAddress::parse(text).value()); }

template <class Body>
Body read_back(const Bytes& request) {
  const auto messages = decode(request);
  REQUIRE(messages);
  REQUIRE(messages->size() == 1);
  return std::get<Body>(messages->front().body);
}

}  // namespace

// length type flags sequence port | fixed part | attributes
TEST_CASE("requests, byte by byte") {
  CHECK(hex(dump_links()) ==
        "2800000012000103"
        "0000000000000000"
        "00000000000000000000000000000000"
        "08001d0008000000");
  CHECK(hex(get_link("smeg0")) ==
        "34000000120001000000000000000000"
        "0000000000000000"
        "0000000000000000"
        "0a000300736d656730000000"
        "08001d0008000000");
  CHECK(hex(dump_addresses()) ==
        "18000000160001030000000000000000"
        "0000000000000000");
  CHECK(hex(dump_routes(10, 83)) ==
        "1c0000001a0001030000000000000000"
        "0a0000000053000000000000");
  CHECK(hex(set_link_without_generated_addresses(LinkIndex{2})) ==
        "30000000100005000000000000000000"
        "00000000020000000000000000000000"
        "10001a80"
        "0c000a80"
        "0500080001000000");
  CHECK(hex(add_wireguard_link("smeg0")) ==
        "48000000100005060000000000000000"
        "00000000000000000000000000000000"
        "0a000300736d656730000000"
        "08001b0067656d73"
        "14001280"
        "0e000100776972656775617264000000");
  CHECK(hex(set_link_up(LinkIndex{2})) ==
        "20000000100005000000000000000000"
        "00000000020000000100000001000000");
  CHECK(hex(add_address(LinkIndex{2}, address("fd00::1"))) ==
        "50000000140005060000000000000000"
        "0a80820002000000"
        "14000200fd000000000000000000000000000001"
        "14000100fd000000000000000000000000000001"
        "0800080082020000"
        "05000b0053000000");
  const RouteTarget target{InterfaceName::parse("smeg0").value()};
  CHECK(hex(change_route(RouteChange::add, RouteKey{addr::Prefix::parse("fd00::/64").value()}, target, LinkIndex{2})) ==
        "48000000180005060000000000000000"
        "0a400000fe53000100000000"
        "14000100fd000000000000000000000000000000"
        "0800060000040000"
        "08000f00fe000000"
        "0800040002000000");
}

TEST_CASE("what is encoded is decoded") {
  const auto added = read_back<AddressMessage>(add_address(LinkIndex{3}, address("10.1.2.3")));
  CHECK(added.address == address("10.1.2.3"));
  CHECK(added.index == LinkIndex{3});
  CHECK(added.protocol == netstate::kProtocol);
  CHECK(read_back<AddressMessage>(remove_address(LinkIndex{3}, address("fd00::1"))).removed);

  const auto link = read_back<LinkMessage>(set_link_alias_and_mtu(LinkIndex{3}, "smegmesh:x", 1'300));
  CHECK(link.alias == "smegmesh:x");
  CHECK(link.mtu == 1'300);
  CHECK(read_back<LinkMessage>(set_link_alias_and_mtu(LinkIndex{3}, "a", std::nullopt)).mtu == 0);
  const auto wireguard = read_back<LinkMessage>(add_wireguard_link("smeg0"));
  CHECK(wireguard.name == "smeg0");
  CHECK(wireguard.kind == "wireguard");
  CHECK(wireguard.group == netstate::kLinkGroup);
  CHECK(read_back<LinkMessage>(set_link_up(LinkIndex{3})).up);
  CHECK(read_back<LinkMessage>(delete_link(LinkIndex{3})).removed);
}

TEST_CASE("routes of every prefix, metric and table come back as they went") {
  SeededRng rng(1);
  for (int i = 0; i < 500; ++i) {
    ByteArray<16> bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
    const bool v4 = rng.below(2) == 0;
    const auto address =
        v4 ? addr::IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : addr::IpAddress::v6(bytes);
    const RouteKey key{addr::Prefix(address, static_cast<unsigned>(rng.below(address.bits() + 1))),
                       static_cast<std::uint32_t>(rng.next()), static_cast<std::uint32_t>(rng.next())};
    RouteTarget target{InterfaceName::parse("smeg0").value()};
    if (rng.below(2) == 0) target.mtu = static_cast<std::uint32_t>(1'280 + rng.below(60'000));
    target.mtu_fixed = target.mtu != 0 && rng.below(2) == 0;
    for (const RouteChange change : {RouteChange::add, RouteChange::replace, RouteChange::remove}) {
      const auto route = read_back<RouteMessage>(change_route(change, key, target, LinkIndex{9}));
      CHECK(route.destination == key.prefix);
      CHECK(route.metric == key.metric);
      CHECK(route.table == key.table);
      CHECK(route.protocol == netstate::kProtocol);
      CHECK(route.out == LinkIndex{9});
      CHECK(route.removed == (change == RouteChange::remove));
      CHECK(route.mtu == (route.removed ? 0 : target.mtu));  // which is not a part of what tells routes apart
      CHECK(route.mtu_fixed == (!route.removed && target.mtu_fixed));
    }
  }
}

TEST_CASE("rules come back as they went") {
  SeededRng rng(3);
  for (int i = 0; i < 200; ++i) {
    netstate::Rule rule{.priority = static_cast<std::uint32_t>(rng.next()),
                        .table = static_cast<std::uint32_t>(rng.next())};
    if (rng.below(2) == 0) rule.unless_mark = static_cast<std::uint32_t>(rng.next());
    rule.without_default = rng.below(2) == 0;
    CHECK(read_back<RuleMessage>(add_rule(rule)) == RuleMessage{false, rule, netstate::kProtocol});
    CHECK(read_back<RuleMessage>(remove_rule(rule)) == RuleMessage{true, rule, netstate::kProtocol});
  }
}

TEST_CASE("filters of every prefix come back as they went") {
  SeededRng rng(2);
  for (int i = 0; i < 500; ++i) {
    ByteArray<16> bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
    const addr::Prefix to(addr::IpAddress::v6(bytes), static_cast<unsigned>(rng.below(129)));
    const auto pass = read_back<FilterMessage>(add_pass_filter(LinkIndex{9}, 83, to));
    CHECK(pass == FilterMessage{false, LinkIndex{9}, 83, true, to, false, {}});
    const auto redirect = read_back<FilterMessage>(add_redirect_filter(LinkIndex{9}, 84, to, LinkIndex{7}));
    CHECK(redirect == FilterMessage{false, LinkIndex{9}, 84, true, to, true, LinkIndex{7}});
  }
  CHECK(read_back<FilterMessage>(remove_filters(LinkIndex{9}, 84)).removed);
  CHECK(read_back<QueueMessage>(add_filter_hook(LinkIndex{9})) == QueueMessage{false, LinkIndex{9}});
}

}  // namespace smeg::netlink
