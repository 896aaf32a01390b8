#include "node/desired.h"

#include <doctest/doctest.h>

namespace smeg::node {
namespace {

crypto::WgPublicKey key(std::uint8_t number) { return {{number}}; }
addr::IpAddress address(std::string_view text) { return addr::IpAddress::parse(text).value(); }
addr::Prefix host(std::string_view text) { return addr::Prefix::host(address(text)); }
netstate::InterfaceName name() { return *netstate::InterfaceName::make("smeg", 0); }

// A mesh whose own address is fd00::1.
WantedMesh mesh_of(std::vector<WantedPeer> peers, std::vector<WantedGuest> guests = {}) {
  return {.mesh = {},
          .interface = name(),
          .address = address("fd00::1"),
          .private_key = crypto::WgPrivateKey(ByteArray<32>{8}),
          .listen_port = 51'820,
          .peers = std::move(peers),
          .guests = std::move(guests)};
}
WantedPeer peer(std::uint8_t number, std::string_view at, std::vector<addr::IpAddress> guests = {}) {
  return {key(number), address(at), std::nullopt, std::chrono::seconds(0), std::move(guests)};
}

netstate::Interface interface_of(const WantedMesh& mesh) { return desired({mesh}).interfaces.at(name()); }
std::set<addr::Prefix> allowed(const netstate::Interface& interface, std::uint8_t number) {
  return interface.device.peers.at(key(number)).allowed_ips;
}

TEST_CASE(
    "the way to everything else has a table of its own, and rules that spare the underlay and the local network") {
  WantedMesh mesh = mesh_of({peer(2, "fd00::2")});
  CHECK(desired({mesh}).rules.empty());
  const addr::Prefix everything{addr::IpAddress(), 0};
  mesh.peers[0].prefixes = {everything};
  mesh.routes = {{everything, 1'400}};
  const netstate::State state = desired({mesh});
  REQUIRE(netstate::check(state));
  CHECK(state.routes.at({.prefix = everything, .table = kExitTable}) == netstate::RouteTarget{name(), 1'400});
  CHECK_FALSE(state.routes.contains({.prefix = everything}));
  CHECK(state.rules ==
        std::set<netstate::Rule>{{.priority = kMainFirst, .without_default = true},
                                 {.priority = kExitBehind, .table = kExitTable, .unless_mark = kUnderlayMark}});
  CHECK_FALSE(state.forwarding);
}

TEST_CASE("an exit masquerades all meshes' addresses, a gateway passes on to its networks, and neither bridges") {
  WantedMesh mesh = mesh_of({peer(2, "fd00::2")});
  mesh.originates = {{addr::IpAddress(), 0}, {address("2001:db8:5::"), 48}};
  const addr::Prefix meshes{addr::IpAddress::v6({0xfd}), 8};
  const netstate::State state = desired({mesh});
  REQUIRE(netstate::check(state));
  CHECK(state.forwarding ==
        netstate::Forwarding{
            .meshes = {name()}, .behind = {{address("2001:db8:5::"), 48}}, .masqueraded = {meshes}, .apart = {name()}});
  mesh.forwards = true;
  CHECK(desired({mesh}).forwarding->apart.empty());
}

TEST_CASE("guests of a member are reached through it") {
  const auto interface = interface_of(mesh_of({peer(2, "fd00::2", {address("fd00::a"), address("fd00::b")})}));
  CHECK(allowed(interface, 2) == std::set{host("fd00::2"), host("fd00::a"), host("fd00::b")});
  CHECK_FALSE(interface.hairpin);
}

TEST_CASE("a guest of our own is a peer that speaks first, with its secret; and packets are handed through") {
  const crypto::PresharedKey secret(ByteArray<32>{7});
  const auto interface = interface_of(mesh_of({peer(2, "fd00::2")}, {{key(9), address("fd00::9"), secret}}));
  const netstate::Peer& guest = interface.device.peers.at(key(9));
  CHECK(guest.allowed_ips == std::set{host("fd00::9")});
  CHECK(guest.preshared_key == secret);
  CHECK_FALSE(guest.endpoint);
  CHECK(interface.hairpin == netstate::Hairpin{addr::mesh_prefix({}), {address("fd00::1")}});
  CHECK(netstate::check(desired({mesh_of({peer(2, "fd00::2")}, {{key(9), address("fd00::9"), secret}})})));
}

// Whoever settled who is who let none of this happen; the plan would still be sound.
TEST_CASE("no guest takes a key or an address from a member, wherever it stands") {
  const auto interface = interface_of(mesh_of({peer(2, "fd00::2", {address("fd00::3"), address("fd00::1")}),
                                               peer(3, "fd00::3", {address("fd00::a")}), peer(4, "fd00::4")},
                                              {{key(4), address("fd00::b"), {}},
                                               {key(9), address("fd00::2"), {}},
                                               {key(10), address("fd00::a"), {}},
                                               {key(11), address("fd00::c"), {}}}));
  CHECK(allowed(interface, 2) == std::set{host("fd00::2")});
  CHECK(allowed(interface, 3) == std::set{host("fd00::3"), host("fd00::a")});
  CHECK(allowed(interface, 4) == std::set{host("fd00::4")});
  CHECK(interface.device.peers.size() == 4);
  CHECK(allowed(interface, 11) == std::set{host("fd00::c")});
}

TEST_CASE("a member that lies about its key or address is left out, and its guests with it") {
  const WantedPeer ourselves{
      crypto::wg_public_key(crypto::WgPrivateKey(ByteArray<32>{8})), address("fd00::5"), {}, {}, {address("fd00::a")}};
  const auto interface = interface_of(mesh_of({peer(2, "fd00::2"), peer(2, "fd00::3", {address("fd00::b")}),
                                               peer(4, "fd00::2", {address("fd00::c")}), ourselves}));
  REQUIRE(interface.device.peers.size() == 1);
  CHECK(allowed(interface, 2) == std::set{host("fd00::2")});
}

TEST_CASE("after a start, a guest of ours that is not known yet keeps its tunnel, unless it is refused") {
  const WantedMesh with = mesh_of({}, {{key(9), address("fd00::9"), crypto::PresharedKey(ByteArray<32>{7})}});
  netstate::Observed observed;
  for (const auto& result : netstate::apply(observed, netstate::diff(observed, desired({with})))) REQUIRE(result);
  WantedMesh without = mesh_of({});
  netstate::State state = desired({without});
  keep_unknown_peers(state, observed, {without});
  CHECK(state.interfaces.at(name()).device.peers.contains(key(9)));
  without.refused.insert(key(9));
  state = desired({without});
  keep_unknown_peers(state, observed, {without});
  CHECK(state.interfaces.at(name()).device.peers.empty());
}

}  // namespace
}  // namespace smeg::node
