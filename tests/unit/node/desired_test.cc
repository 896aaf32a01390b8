#include "node/desired.h"

#include <doctest/doctest.h>

#include "node/lanes.h"

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

TEST_CASE("a network beyond a member stands where the tunnels' packets don't look, another mesh in the main table") {
  WantedMesh mesh = mesh_of({peer(2, "fd00::2")});
  const addr::Prefix network{address("2001:db8:7::"), 64};
  mesh.peers[0].prefixes = {network};
  mesh.routes = {{network, 1'420}};
  CHECK(desired({mesh}).routes.contains({.prefix = network, .table = kExitTable}));
  CHECK(desired({mesh}).rules.size() == 2);
  const addr::Prefix other_mesh{address("fd12:3456::"), 64};
  mesh.peers[0].prefixes = {other_mesh};
  mesh.routes = {{other_mesh, 1'420}};
  CHECK(desired({mesh}).routes.contains({.prefix = other_mesh}));
  CHECK(desired({mesh}).rules.empty());
}

TEST_CASE("an exit masquerades all meshes' addresses, a gateway passes on to its networks, and neither bridges") {
  WantedMesh mesh = mesh_of({peer(2, "fd00::2")});
  mesh.originates = {{addr::IpAddress(), 0}, {address("2001:db8:5::"), 48}};
  const addr::Prefix meshes{addr::IpAddress::v6({0xfd}), 8};
  const netstate::State state = desired({mesh});
  REQUIRE(netstate::check(state));
  CHECK(state.forwarding ==
        netstate::Forwarding{.meshes = {name()},
                             .beyond = {{name(), {.behind = {{address("2001:db8:5::"), 48}}, .masqueraded = {meshes}}}},
                             .apart = {name()}});
  mesh.forwards = true;
  CHECK(desired({mesh}).forwarding->apart.empty());
}

// A mesh of that number, whose interface is smegN.
WantedMesh numbered(std::uint8_t number) {
  WantedMesh mesh = mesh_of({});
  mesh.mesh.bytes.front() = number;
  mesh.interface = *netstate::InterfaceName::make("smeg", number);
  mesh.listen_port = static_cast<std::uint16_t>(51'820 + number);
  return mesh;
}

TEST_CASE("meshes that are kept apart share neither what is behind the host nor the way out") {
  WantedMesh staff = numbered(1), partners = numbered(2), others = numbered(3);
  const addr::Prefix network{address("2001:db8:5::"), 48}, meshes{addr::IpAddress::v6({0xfd}), 8};
  staff.originates = {{addr::IpAddress(), 0}};
  partners.originates = {network};
  netstate::State state = desired({others, staff, partners});
  REQUIRE(netstate::check(state));
  CHECK(state.forwarding == netstate::Forwarding{.meshes = {staff.interface, partners.interface, others.interface},
                                                 .beyond = {{staff.interface, {.masqueraded = {meshes}}},
                                                            {partners.interface, {.behind = {network}}}},
                                                 .apart = {staff.interface, partners.interface, others.interface}});

  // Those that are bridged do, the others still don't.
  partners.forwards = others.forwards = true;
  state = desired({others, staff, partners});
  REQUIRE(netstate::check(state));
  CHECK(state.forwarding == netstate::Forwarding{.meshes = {staff.interface, partners.interface, others.interface},
                                                 .beyond = {{staff.interface, {.masqueraded = {meshes}}},
                                                            {partners.interface, {.behind = {network}}},
                                                            {others.interface, {.behind = {network}}}},
                                                 .apart = {staff.interface}});
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

// ---- Lanes

netstate::InterfaceName lane_name() { return *netstate::InterfaceName::make("smeg", 1); }
const addr::Prefix kGreen{addr::IpAddress::parse("fd22::").value(), 64};
const addr::Prefix kBlue{addr::IpAddress::parse("fd33::").value(), 64};
// Of the mesh: its prefix follows from its id.
std::string inside(std::string_view ending) {
  const std::string prefix = addr::mesh_prefix(MeshId{}).address().to_string();
  return prefix + std::string(ending);
}

// Two exits to green, of which the first is chosen and has a lane; and a member that leads nowhere.
WantedMesh with_lane() {
  WantedMesh mesh =
      mesh_of({peer(2, inside("2"), {address(inside("2a"))}), peer(3, inside("3")), peer(4, inside("4"))});
  mesh.backend = netstate::Backend::kernel;
  mesh.address = address(inside("1"));
  for (WantedPeer& each : mesh.peers) each.identity = {{each.key.bytes[0]}};
  mesh.peers[0].prefixes = mesh.peers[0].sources = mesh.peers[1].sources = {kGreen};
  mesh.routes = {{kGreen, 1'420}};
  mesh.lanes = {{.number = 1,
                 .interface = lane_name(),
                 .member = mesh.peers[0].identity,
                 .private_key = lane_key(mesh.private_key, mesh.peers[0].identity),
                 .listen_port = 51'821}};
  return mesh;
}
netstate::RouteKey to(const addr::Prefix& prefix) { return {.prefix = prefix}; }

TEST_CASE("a lane is there beside the main interface, and packets take it once it had a handshake") {
  WantedMesh mesh = with_lane();
  netstate::State state = desired({mesh});
  REQUIRE(netstate::check(state));
  const netstate::Interface& lane = state.interfaces.at(lane_name());
  CHECK(lane.lane == 1);
  CHECK(lane.addresses == std::set{netstate::Address::host(mesh.address)});
  CHECK(lane.device.fwmark == kUnderlayMark);
  CHECK(lane.device.peers.size() == 1);
  CHECK(allowed(lane, 2) == std::set{host(inside("2")), host(inside("2a")), kGreen});
  CHECK(lane.device.peers.at(key(2)).keepalive == std::chrono::seconds(5));
  CHECK(allowed(state.interfaces.at(name()), 2).contains(kGreen));
  CHECK(state.routes.at(to(kGreen)) == netstate::RouteTarget{name()});
  CHECK_FALSE(state.routes.contains(to(host(inside("2")))));
  CHECK_FALSE(state.forwarding);

  mesh.lanes[0].main_up = true;
  state = desired({mesh});
  REQUIRE(netstate::check(state));
  CHECK(state.routes.at(to(kGreen)) == netstate::RouteTarget{lane_name()});
  for (const char* ending : {"2", "2a"})
    CHECK(state.routes.at(to(host(inside(ending)))) == netstate::RouteTarget{lane_name()});
  CHECK(state.routes.at(to(addr::mesh_prefix({}))) == netstate::RouteTarget{name()});
  CHECK(state.interfaces.at(lane_name()).device.peers.at(key(2)).keepalive == std::chrono::seconds(0));
  CHECK_FALSE(state.forwarding);
}

TEST_CASE("a lane whose member has no tunnel is there and leads nowhere") {
  WantedMesh mesh = with_lane();
  mesh.lanes[0].main_up = true;
  mesh.peers.erase(mesh.peers.begin());
  mesh.routes.clear();
  const netstate::State state = desired({mesh});
  REQUIRE(netstate::check(state));
  CHECK(state.interfaces.at(lane_name()).device.peers.empty());
  CHECK(state.routes.size() == 1);
}

TEST_CASE("a member that has a lane for us is heard under both keys, and spoken to under the one that works") {
  WantedMesh mesh = mesh_of({peer(2, inside("2"))});
  mesh.peers[0].sources = {kGreen};
  mesh.peers[0].lane_end = LaneEnd{.key = key(20)};
  const std::set<addr::Prefix> all{host(inside("2")), kGreen};
  netstate::Device device = interface_of(mesh).device;
  CHECK(device.peers.at(key(2)).allowed_ips == std::set{host(inside("2"))});
  CHECK(device.peers.at(key(20)).sources == all);
  CHECK(device.peers.at(key(20)).keepalive == std::chrono::seconds(5));
  mesh.peers[0].lane_end->up = true;
  device = interface_of(mesh).device;
  CHECK(device.peers.at(key(20)).allowed_ips == std::set{host(inside("2"))});
  CHECK(device.peers.at(key(20)).sources == std::set{kGreen});
  CHECK(device.peers.at(key(2)).allowed_ips.empty());
  CHECK(device.peers.at(key(2)).sources == all);

  mesh.backend = netstate::Backend::kernel;  // takes a source from one of them alone
  device = interface_of(mesh).device;
  CHECK(device.peers.at(key(20)).allowed_ips == all);
  CHECK(device.peers.at(key(2)) == netstate::Peer{});
  CHECK(netstate::check(desired({mesh})));
}

TEST_CASE("two lanes that lead to one another: the tunnel between them comes first") {
  WantedMesh mesh = with_lane();
  mesh.peers[0].lane_end = LaneEnd{.key = key(20)};
  mesh.lanes[0].lane_end = LaneEnd{.key = key(20)};
  const auto at_lane = [&] { return desired({mesh}).interfaces.at(lane_name()); };
  CHECK(allowed(at_lane(), 20).contains(kGreen));
  CHECK(at_lane().device.peers.at(key(20)).keepalive == std::chrono::seconds(5));
  CHECK(at_lane().device.peers.at(key(2)).keepalive == std::chrono::seconds(0));
  mesh.lanes[0].main_up = true;  // until it has a handshake and the other tunnel had one
  CHECK(allowed(at_lane(), 2).contains(kGreen));
  CHECK(allowed(at_lane(), 20).empty());
  mesh.lanes[0].lane_end->up = true;
  CHECK(allowed(at_lane(), 20).contains(kGreen));
  CHECK(netstate::check(desired({mesh})));
}

TEST_CASE("over a lane, an exit to everything speaks for nobody who has a tunnel elsewhere") {
  WantedMesh mesh = with_lane();
  const addr::Prefix everything{addr::IpAddress(), 0};
  mesh.peers[0].sources.insert(everything);
  mesh.peers[1].sources.insert(kBlue);
  const netstate::State state = desired({mesh});
  REQUIRE(netstate::check(state));
  std::set<addr::Prefix> shut_out;
  for (const auto& [peer_key, other] : state.interfaces.at(lane_name()).device.peers)
    if (peer_key != key(2)) shut_out = other.allowed_ips;
  CHECK(shut_out == std::set{addr::mesh_prefix({}), kBlue});
}

TEST_CASE("where a host turns packets round, those to and from lanes are forwarded") {
  WantedMesh mesh = with_lane();
  mesh.carries = true;
  netstate::State state = desired({mesh});
  CHECK(state.interfaces.at(name()).hairpin == netstate::Hairpin{{addr::IpAddress::v6({0xfd}), 8}, {mesh.address}});
  CHECK_FALSE(state.forwarding);
  mesh.lanes[0].main_up = true;
  state = desired({mesh});
  REQUIRE(netstate::check(state));
  CHECK(state.interfaces.at(name()).hairpin ==
        netstate::Hairpin{addr::mesh_prefix({}), {mesh.address, address(inside("2")), address(inside("2a"))}});
  CHECK_FALSE(state.interfaces.at(lane_name()).hairpin);
  CHECK(state.forwarding ==
        netstate::Forwarding{
            .meshes = {name(), lane_name()}, .back = {name()}, .apart = {name()}, .lanes = {{lane_name(), name()}}});
}

TEST_CASE("a bridge forwards over its lanes, and nothing between them") {
  WantedMesh mesh = with_lane();
  mesh.forwards = true;
  CHECK(desired({mesh}).forwarding ==
        netstate::Forwarding{.meshes = {name(), lane_name()}, .lanes = {{lane_name(), name()}}});
}

TEST_CASE("who stands by keeps its tunnel, and is reached through another") {
  WantedMesh mesh = mesh_of({peer(2, inside("2")), peer(3, inside("3"), {address(inside("2"))})});
  mesh.peers[0].stands_by = true;
  netstate::Device device = interface_of(mesh).device;
  CHECK(device.peers.at(key(2)).allowed_ips.empty());
  CHECK(device.peers.at(key(2)).sources == std::set{host(inside("2"))});
  CHECK(device.peers.at(key(3)).allowed_ips == std::set{host(inside("2")), host(inside("3"))});
  mesh.backend = netstate::Backend::kernel;
  CHECK(interface_of(mesh).device.peers.at(key(2)).sources.empty());
}

}  // namespace
}  // namespace smeg::node
