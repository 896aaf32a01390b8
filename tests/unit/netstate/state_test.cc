#include "netstate/state.h"

#include <doctest/doctest.h>

#include "unit/netstate/support.h"

namespace smeg::netstate {
namespace {

using namespace test;

Interface& interface_of(State& state) { return state.interfaces.at(interface_name(0)); }

}  // namespace

TEST_CASE("a state that can be had passes") {
  CHECK(check(State{}));
  CHECK(check(small_state()));
  SeededRng rng(1);
  for (int i = 0; i < 200; ++i) CHECK(check(random_state(rng)));
}

TEST_CASE("a state that can't be had is refused") {
  State state = small_state();
  SUBCASE("MTU below what IPv6 needs") { interface_of(state).mtu = 1'279; }
  SUBCASE("MTU over what a packet can have") { interface_of(state).mtu = 65'536; }
  SUBCASE("keepalive out of range") {
    interface_of(state).device.peers.at(peer_key(1)).keepalive = std::chrono::seconds(65'536);
  }
  SUBCASE("a prefix with two peers") {
    interface_of(state).device.peers[peer_key(2)].allowed_ips = {prefix("fd00::2/128")};
  }
  SUBCASE("a device as its own peer") { interface_of(state).device.peers[crypto::wg_public_key(private_key(1))]; }
  SUBCASE("a hairpin of IPv4") { interface_of(state).hairpin = Hairpin{prefix("10.0.0.0/8"), {}}; }
  SUBCASE("a mesh twice") {
    Interface other = interface_of(state);
    other.device.listen_port = 0;
    state.interfaces.emplace(interface_name(1), other);
  }
  SUBCASE("a lane beyond the last") { interface_of(state).lane = kLanesPerMesh + 1; }
  SUBCASE("a port twice") {
    Interface other = interface_of(state);
    other.lane = 1;
    state.interfaces.emplace(interface_name(1), other);
  }
  SUBCASE("a route to nowhere") { state.routes.emplace(RouteKey{prefix("fd01::/64")}, RouteTarget{interface_name(5)}); }
  SUBCASE("a route without a metric") {
    state.routes.emplace(RouteKey{prefix("fd01::/64"), 0}, RouteTarget{interface_name(0)});
  }
  SUBCASE("a route with an MTU below what IPv6 needs") { state.routes.begin()->second.mtu = 1'279; }
  SUBCASE("a route that has no MTU to fix") { state.routes.begin()->second.mtu_fixed = true; }
  SUBCASE("sources for the kernel's WireGuard") {
    interface_of(state).backend = Backend::kernel;
    interface_of(state).device.peers.at(peer_key(1)).sources = {prefix("fd01::/64")};
  }
  SUBCASE("forwarding over an interface that isn't there") { state.forwarding = Forwarding{{interface_name(5)}}; }
  const auto result = check(state);
  REQUIRE(!result);
  CHECK(result.error().message.find("smeg") != std::string::npos);
}

TEST_CASE("rules have a priority each, and a table") {
  State state = small_state();
  CHECK(check((state.rules = {{.priority = 1}, {.priority = 2, .table = 9}}, state)));
  CHECK(!check((state.rules = {{.priority = 1}, {.priority = 1, .table = 9}}, state)));
  CHECK(!check((state.rules = {{.priority = 0}}, state)));
  CHECK(!check((state.rules = {{.priority = 1, .table = 0}}, state)));
}

TEST_CASE("what is apart is among the meshes") {
  State state = small_state();
  state.forwarding = Forwarding{.meshes = {interface_name(0)}, .apart = {interface_name(0)}};
  CHECK(check(state));
  state.forwarding->apart.insert(interface_name(1));
  CHECK(!check(state));
}

TEST_CASE("a lane that is forwarded has its mesh's main interface beside it") {
  State state = small_state();
  Interface lane = state.interfaces.at(interface_name(0));
  lane.lane = 1;
  lane.device.listen_port = 51'821;
  state.interfaces.emplace(interface_name(1), lane);
  state.forwarding =
      Forwarding{.meshes = {interface_name(0), interface_name(1)}, .lanes = {{interface_name(1), interface_name(0)}}};
  CHECK(check(state));
  state.forwarding->beyond[interface_name(1)];
  CHECK(!check(state));
  state.forwarding->beyond.clear();
  state.forwarding->lanes.emplace(interface_name(0), interface_name(1));
  CHECK(!check(state));
  state.forwarding->lanes = {{interface_name(1), interface_name(2)}};
  CHECK(!check(state));
}

TEST_CASE("forwarding is of IPv6, and of something") {
  State state = small_state();
  CHECK(!check((state.forwarding = Forwarding{}, state)));
  CHECK(!check((state.forwarding = Forwarding{.meshes = {interface_name(0)}, .back = {interface_name(1)}}, state)));
  const auto forwards = [&](const Beyond& beyond, unsigned number = 0) {
    state.forwarding = Forwarding{{interface_name(0)}, {{interface_name(number), beyond}}};
    return check(state).has_value();
  };
  CHECK(!forwards({{prefix("10.0.0.0/8")}}));
  CHECK(!forwards({{}, {prefix("10.0.0.0/8")}}));
  CHECK(forwards({{prefix("::/0")}, {prefix("fd00::/8")}}));
  CHECK(!forwards({{prefix("::/0")}, {prefix("fd00::/8")}}, 1));
}

TEST_CASE("prefixes may be sources of many peers, beside the one that has them") {
  State state = small_state();
  for (std::uint8_t number = 2; number < 5; ++number) {
    interface_of(state).device.peers[peer_key(number)].sources = {prefix("fd00::2/128"), prefix("::/0")};
  }
  CHECK(check(state));
}

}  // namespace smeg::netstate
