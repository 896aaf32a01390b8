#include "netstate/diff.h"

#include <doctest/doctest.h>

#include "netstate/apply.h"
#include "unit/netstate/support.h"

namespace smeg::netstate {
namespace {

using namespace test;

std::vector<std::string> described(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Op& op : plan.ops) lines.push_back(describe(op));
  return lines;
}

// Applies the plan; every operation must succeed.
void carry_out(Observed& kernel, const Plan& plan) {
  const auto results = apply(kernel, plan);
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK_MESSAGE(results[i], describe(plan.ops[i]), ": ", results[i] ? "" : results[i].error().message);
  }
}

Observed kernel_with(const State& state) {
  Observed kernel;
  carry_out(kernel, diff(kernel, state));
  return kernel;
}

ObservedPeer& peer_of(Observed& kernel, std::uint8_t number) {
  return kernel.interfaces.at(interface_name(0)).device->peers.at(peer_key(number));
}
Peer& peer_of(State& state, std::uint8_t number) {
  return state.interfaces.at(interface_name(0)).device.peers.at(peer_key(number));
}

bool holds_peer(const ObservedPeer& seen, const Peer& wanted) {
  return seen.preshared_key == wanted.preshared_key && seen.keepalive == wanted.keepalive &&
         seen.allowed_ips == wanted.allowed_ips && seen.sources == wanted.sources &&
         (!wanted.endpoint || seen.chosen == wanted.endpoint);
}

bool holds_interface(const ObservedInterface& seen, const Interface& wanted) {
  if (!seen.ours || !seen.up || !seen.device || seen.mtu != wanted.mtu || seen.mesh != wanted.mesh) return false;
  if (seen.lane != wanted.lane) return false;
  if (seen.hairpin != wanted.hairpin) return false;
  for (const auto& address : wanted.addresses) {
    if (!seen.addresses.contains(address)) return false;
  }
  for (const auto& [address, ours] : seen.addresses) {
    if (ours && !wanted.addresses.contains(address)) return false;
  }
  const Device& device = wanted.device;
  if (!(seen.device->private_key == device.private_key) || seen.device->fwmark != device.fwmark) return false;
  if (device.listen_port != 0 && seen.device->listen_port != device.listen_port) return false;
  if (seen.device->peers.size() != device.peers.size()) return false;
  for (const auto& [key, peer] : device.peers) {
    const auto at = seen.device->peers.find(key);
    if (at == seen.device->peers.end() || !holds_peer(at->second, peer)) return false;
  }
  return true;
}

bool holds_forwarding(const Observed& kernel, const State& desired) {
  std::set<InterfaceName> meshes;
  std::set<InterfaceName> back;
  std::map<InterfaceName, Beyond> beyond;
  std::map<InterfaceName, InterfaceName> lanes;
  const auto foreign = [&](const InterfaceName& name) {
    const auto at = kernel.interfaces.find(name);
    return at != kernel.interfaces.end() && !at->second.ours;
  };
  for (const auto& [name, wanted] : desired.interfaces) {
    if (!desired.forwarding || !desired.forwarding->meshes.contains(name) || foreign(name)) continue;
    const auto lane = desired.forwarding->lanes.find(name);
    if (lane != desired.forwarding->lanes.end() && foreign(lane->second)) continue;
    if (lane != desired.forwarding->lanes.end()) lanes.insert(*lane);
    meshes.insert(name);
    if (desired.forwarding->back.contains(name)) back.insert(name);
    const auto own = desired.forwarding->beyond.find(name);
    if (own != desired.forwarding->beyond.end()) beyond.insert(*own);
  }
  if (meshes.empty()) return !kernel.forwarding;
  return kernel.forwarding && kernel.forwarding->meshes == meshes && kernel.forwarding->back == back &&
         kernel.forwarding->lanes == lanes && kernel.forwarding->beyond == beyond;
}

// Says by itself, without diff, whether the kernel holds what is desired, conflicts left out.
bool holds(const Observed& kernel, const State& desired) {
  std::size_t routes = 0;
  for (const auto& [name, seen] : kernel.interfaces) {
    if (seen.ours && !desired.interfaces.contains(name)) return false;
  }
  const auto foreign = [&](const InterfaceName& name) {
    const auto at = kernel.interfaces.find(name);
    return at != kernel.interfaces.end() && !at->second.ours;
  };
  for (const auto& [name, wanted] : desired.interfaces) {
    if (foreign(name)) continue;
    const auto at = kernel.interfaces.find(name);
    if (at == kernel.interfaces.end() || !holds_interface(at->second, wanted)) return false;
  }
  for (const auto& [key, target] : desired.routes) {
    if (foreign(target.interface)) continue;
    ++routes;
    const auto at = kernel.routes.find(key);
    if (at == kernel.routes.end() || at->second != target) return false;
  }
  return kernel.routes.size() == routes && kernel.rules == desired.rules && holds_forwarding(kernel, desired);
}

// What must never be missing while a plan runs: routes, addresses, allowed prefixes, what is taken from a peer, and
// what is forwarded, where it is there before and after, but for interfaces that have to be stopped.
struct Kept {
  std::set<RouteKey> routes;
  std::set<std::pair<InterfaceName, Address>> addresses;
  std::set<std::pair<InterfaceName, addr::Prefix>> allowed;
  std::set<std::tuple<InterfaceName, crypto::WgPublicKey, addr::Prefix>> taken;
  std::set<InterfaceName> forwarded;

  static Kept of(const Observed& kernel) {
    Kept kept;
    for (const auto& [key, target] : kernel.routes) kept.routes.insert(key);
    for (const auto& [name, interface] : kernel.interfaces) {
      for (const auto& [address, ours] : interface.addresses) kept.addresses.emplace(name, address);
      if (!interface.device) continue;
      for (const auto& [key, peer] : interface.device->peers) {
        for (const auto& prefix : peer.allowed_ips) kept.allowed.emplace(name, prefix);
        for (const auto& prefix : peer.allowed_ips) kept.taken.emplace(name, key, prefix);
        for (const auto& prefix : peer.sources) kept.taken.emplace(name, key, prefix);
      }
    }
    if (kernel.forwarding) kept.forwarded = kernel.forwarding->meshes;
    return kept;
  }
  void keep_only(const Kept& other) {
    std::erase_if(routes, [&](const auto& key) { return !other.routes.contains(key); });
    std::erase_if(addresses, [&](const auto& entry) { return !other.addresses.contains(entry); });
    std::erase_if(allowed, [&](const auto& entry) { return !other.allowed.contains(entry); });
    std::erase_if(taken, [&](const auto& entry) { return !other.taken.contains(entry); });
    std::erase_if(forwarded, [&](const auto& name) { return !other.forwarded.contains(name); });
  }
  bool within(const Kept& other) const {
    return std::ranges::includes(other.routes, routes) && std::ranges::includes(other.addresses, addresses) &&
           std::ranges::includes(other.allowed, allowed) && std::ranges::includes(other.taken, taken) &&
           std::ranges::includes(other.forwarded, forwarded);
  }
};

void check_no_hole(Observed kernel, const Plan& plan) {
  std::set<InterfaceName> stopped;
  for (const Op& op : plan.ops) {
    if (const auto* stop = std::get_if<RemoveInterface>(&op)) stopped.insert(stop->interface);
  }
  Observed after = kernel;
  apply(after, plan);
  Kept kept = Kept::of(kernel);
  kept.keep_only(Kept::of(after));
  std::erase_if(kept.routes, [&](const auto& key) { return stopped.contains(kernel.routes.at(key).interface); });
  std::erase_if(kept.addresses, [&](const auto& entry) { return stopped.contains(entry.first); });
  std::erase_if(kept.allowed, [&](const auto& entry) { return stopped.contains(entry.first); });
  std::erase_if(kept.taken, [&](const auto& entry) { return stopped.contains(std::get<0>(entry)); });
  for (const Op& op : plan.ops) {
    apply(kernel, op);
    CHECK_MESSAGE(kept.within(Kept::of(kernel)), "a hole after: ", describe(op));
  }
}

}  // namespace

TEST_CASE("from nothing: engine, device, peers, addresses, link, routes") {
  CHECK(described(diff({}, small_state())) ==
        std::vector<std::string>{
            "add interface smeg0 and start its engine",
            "set key and listen port 51820 of smeg0",
            "set peer AQEBAQEBAQ... of smeg0: 1 allowed prefixes more, endpoint 192.0.2.1:51820",
            "add address fd00::1/128 to smeg0",
            "set link smeg0 up, MTU 1420",
            "add route fd00::/64 over smeg0",
        });
}

TEST_CASE("a hairpin is made, put right where it is in pieces, and taken away") {
  State state = small_state();
  Observed kernel = kernel_with(state);
  auto& interface = state.interfaces.at(interface_name(0));
  interface.hairpin = Hairpin{prefix("fd00::/64"), {address("fd00::1").address}};
  const std::vector<std::string> made = {"hand packets for fd00::/64 from peer to peer of smeg0"};
  CHECK(described(diff(kernel, state)) == made);
  carry_out(kernel, diff(kernel, state));
  CHECK(diff(kernel, state).empty());
  kernel.interfaces.at(interface_name(0)).hairpin = Hairpin{};
  CHECK(described(diff(kernel, state)) == made);
  interface.hairpin.reset();
  CHECK(described(diff(kernel, state)) == std::vector<std::string>{"hand no packets from peer to peer of smeg0"});
  carry_out(kernel, diff(kernel, state));
  CHECK(diff(kernel, state).empty());
}

TEST_CASE("to nothing: the engine goes and takes all along") {
  const Observed kernel = kernel_with(small_state());
  const Plan plan = diff(kernel, {});
  CHECK(described(plan) == std::vector<std::string>{"remove route fd00::/64 over smeg0", "remove interface smeg0"});
}

TEST_CASE("new before old: a rotated peer key, a moved route") {
  State state = small_state();
  Observed kernel = kernel_with(state);
  Interface& interface = state.interfaces.at(interface_name(0));
  interface.device.peers.emplace(peer_key(2), peer_of(state, 1));
  interface.device.peers.erase(peer_key(1));
  state.routes.clear();
  state.routes.emplace(RouteKey{prefix("fd00::/64"), 512}, RouteTarget{interface_name(0)});
  CHECK(described(diff(kernel, state)) ==
        std::vector<std::string>{
            "set peer AgICAgICAg... of smeg0: 1 allowed prefixes more, endpoint 192.0.2.1:51820",
            "add route fd00::/64 over smeg0 metric 512",
            "remove route fd00::/64 over smeg0",
            "remove peer AQEBAQEBAQ... of smeg0",
        });
}

TEST_CASE("a peer that roamed stays where it is until there is a new choice") {
  State state = small_state();
  Observed kernel = kernel_with(state);
  peer_of(kernel, 1).endpoint = endpoint("198.51.100.7:4000");
  CHECK(diff(kernel, state).empty());

  SUBCASE("another endpoint") { peer_of(state, 1).endpoint->endpoint = endpoint("192.0.2.2:51820"); }
  SUBCASE("the same one again") { peer_of(state, 1).endpoint->number = 1; }
  const Plan plan = diff(kernel, state);
  REQUIRE(plan.ops.size() == 1);
  CHECK(std::get<SetPeer>(plan.ops[0]).endpoint == peer_of(state, 1).endpoint);
  CHECK(std::get<SetPeer>(plan.ops[0]).allowed_ips.empty());
  carry_out(kernel, plan);
  CHECK(diff(kernel, state).empty());
}

TEST_CASE("after a restart a tunnel that works is left where it is, and the next choice is made") {
  State state = small_state();
  Observed kernel = kernel_with(state);
  ObservedPeer& peer = peer_of(kernel, 1);
  peer.chosen.reset();
  peer.endpoint = endpoint("198.51.100.7:4000");
  SUBCASE("never a handshake: set") {
    const Plan plan = diff(kernel, state);
    REQUIRE(plan.ops.size() == 1);
    CHECK(std::holds_alternative<SetPeer>(plan.ops[0]));
  }
  SUBCASE("a handshake: adopted") {
    peer.last_handshake = WallTime(std::chrono::seconds(5));
    const Plan plan = diff(kernel, state);
    REQUIRE(plan.ops.size() == 1);
    CHECK(std::holds_alternative<AdoptEndpoint>(plan.ops[0]));
    carry_out(kernel, plan);
    CHECK(peer_of(kernel, 1).endpoint == endpoint("198.51.100.7:4000"));
    CHECK(diff(kernel, state).empty());
    peer_of(state, 1).endpoint->endpoint = endpoint("192.0.2.2:51820");
    carry_out(kernel, diff(kernel, state));
    CHECK(peer_of(kernel, 1).endpoint == endpoint("192.0.2.2:51820"));
  }
}

TEST_CASE("what is foreign is never touched") {
  const State state = small_state();
  Observed kernel;
  SUBCASE("an interface of a wanted name") {
    ObservedInterface foreign;
    foreign.index = 9;
    foreign.up = true;
    kernel.interfaces.emplace(interface_name(0), foreign);
    const Plan plan = diff(kernel, state);
    CHECK(plan.ops.empty());
    REQUIRE(plan.conflicts.size() == 1);
    CHECK(plan.conflicts[0].error.code == Code::conflict);
    CHECK(plan.conflicts[0].error.message.find("smeg0") != std::string::npos);
    CHECK(!plan.conflicts[0].error.hint.empty());
  }
  SUBCASE("an interface of a name that we might want") {
    kernel.interfaces.emplace(interface_name(5), ObservedInterface{});
    carry_out(kernel, diff(kernel, state));
    CHECK(kernel.interfaces.at(interface_name(5)) == ObservedInterface{});
    CHECK(diff(kernel, state).empty());
  }
  SUBCASE("an address that somebody gave to our interface") {
    kernel = kernel_with(state);
    kernel.interfaces.at(interface_name(0)).addresses.emplace(address("2001:db8::1"), false);
    CHECK(diff(kernel, state).empty());
  }
}

TEST_CASE("an interface that can't become the wanted one is started anew, first of all") {
  const State state = small_state();
  Observed kernel = kernel_with(state);
  ObservedInterface& seen = kernel.interfaces.at(interface_name(0));
  SUBCASE("another mesh") { seen.mesh = mesh(2); }
  SUBCASE("another lane") { seen.lane = 1; }
  SUBCASE("another backend") { seen.backend = Backend::kernel; }
  SUBCASE("an engine that is silent for good") { seen.device.reset(); }
  SUBCASE("an engine whose link was deleted") { seen.index = 0; }
  const Plan plan = diff(kernel, state);
  REQUIRE(plan.ops.size() == 7);
  CHECK(std::holds_alternative<RemoveInterface>(plan.ops[0]));
  CHECK(std::holds_alternative<AddInterface>(plan.ops[1]));
  CHECK(std::holds_alternative<AddRoute>(plan.ops[6]));
  carry_out(kernel, plan);
  CHECK(holds(kernel, state));
}

TEST_CASE("a port goes from an interface that ends, or from hand to hand") {
  State state = small_state();
  Interface& first = state.interfaces.at(interface_name(0));
  Interface other = first;
  other.mesh = mesh(2);
  SUBCASE("from one that ends") {
    Observed kernel = kernel_with(state);
    State next;
    next.interfaces.emplace(interface_name(1), other);
    const Plan plan = diff(kernel, next);
    CHECK(std::holds_alternative<RemoveInterface>(plan.ops[0]));
    carry_out(kernel, plan);
    CHECK(holds(kernel, next));
  }
  SUBCASE("two swap") {
    other.device.listen_port = 51'821;
    state.interfaces.emplace(interface_name(1), other);
    Observed kernel = kernel_with(state);
    std::swap(first.device.listen_port, state.interfaces.at(interface_name(1)).device.listen_port);
    const Plan plan = diff(kernel, state);
    CHECK(plan.ops.size() == 3);
    carry_out(kernel, plan);
    CHECK(holds(kernel, state));
  }
  SUBCASE("from one that may have any") {
    other.device.listen_port = 51'821;
    state.interfaces.emplace(interface_name(1), other);
    Observed kernel = kernel_with(state);
    state.interfaces.at(interface_name(1)).device.listen_port = 51'820;
    first.device.listen_port = 0;
    carry_out(kernel, diff(kernel, state));
    CHECK(holds(kernel, state));
    CHECK(diff(kernel, state).empty());
  }
  SUBCASE("two want one, against check(): the plan ends all the same") {
    state.interfaces.emplace(interface_name(1), other);
    CHECK(!check(state));
    CHECK(!diff({}, state).empty());
  }
}

TEST_CASE("an allowed prefix that nobody is to have any more goes, one that moves is never missing") {
  State state = small_state();
  peer_of(state, 1).allowed_ips = {prefix("fd00::2/128"), prefix("fd00::3/128"), prefix("fd00::4/128")};
  Observed kernel = kernel_with(state);
  peer_of(state, 1).allowed_ips = {prefix("fd00::2/128")};
  state.interfaces.at(interface_name(0)).device.peers[peer_key(2)].allowed_ips = {prefix("fd00::3/128")};
  const Plan plan = diff(kernel, state);
  REQUIRE(plan.ops.size() == 2);
  CHECK(!std::get<SetPeer>(plan.ops[0]).replace);
  CHECK(std::get<SetPeer>(plan.ops[1]).replace);
  check_no_hole(kernel, plan);
  carry_out(kernel, plan);
  CHECK(holds(kernel, state));
}

TEST_CASE("a prefix goes from one exit to another, and is taken from both all along") {
  State state = small_state();
  peer_of(state, 1).allowed_ips = {prefix("fd01::/64")};
  Peer& other = state.interfaces.at(interface_name(0)).device.peers[peer_key(2)];
  other.sources = {prefix("fd01::/64")};
  Observed kernel = kernel_with(state);
  CHECK(peer_of(kernel, 2).sources == std::set{prefix("fd01::/64")});
  std::swap(peer_of(state, 1).allowed_ips, other.allowed_ips);
  std::swap(peer_of(state, 1).sources, other.sources);
  const Plan plan = diff(kernel, state);
  CHECK(described(plan) == std::vector<std::string>{
                               "set peer AQEBAQEBAQ... of smeg0: 0 allowed prefixes more, 1 sources more",
                               "set peer AgICAgICAg... of smeg0: 1 allowed prefixes more",
                               "set peer AgICAgICAg... of smeg0: 0 allowed prefixes more, 0 sources in all",
                           });
  check_no_hole(kernel, plan);
  carry_out(kernel, plan);
  CHECK(holds(kernel, state));
}

TEST_CASE("rules come behind the routes that they lead to, in the order in which they are asked, and go before them") {
  State state = small_state();
  const Observed before = kernel_with(state);
  const Rule main_first{.priority = 10, .without_default = true};
  const Rule then{.priority = 11, .table = 77, .unless_mark = 5};
  state.routes.emplace(RouteKey{.prefix = prefix("::/0"), .table = 77}, RouteTarget{interface_name(0)});
  state.rules = {then, main_first};
  REQUIRE(check(state));
  CHECK(described(diff(before, state)) ==
        std::vector<std::string>{"add route ::/0 over smeg0 table 77",
                                 "add routing rule 10: table 254 without its default route",
                                 "add routing rule 11: table 77 unless marked 5"});
  Observed kernel = kernel_with(state);
  CHECK(diff(kernel, state).empty());
  CHECK(described(diff(kernel, small_state())) ==
        std::vector<std::string>{"remove routing rule 11: table 77 unless marked 5",
                                 "remove routing rule 10: table 254 without its default route",
                                 "remove route ::/0 over smeg0 table 77"});
  kernel.rules.erase(main_first);
  kernel.rules.insert(Rule{.priority = 10, .table = 78});
  CHECK(described(diff(kernel, state)) ==
        std::vector<std::string>{"add routing rule 10: table 254 without its default route",
                                 "remove routing rule 10: table 78"});
}

TEST_CASE("forwarding begins behind the links, before the routes, and ends behind the routes") {
  State state = small_state();
  state.forwarding =
      Forwarding{{interface_name(0)}, {{interface_name(0), {{prefix("2001:db8::/48")}, {prefix("fd00::/64")}}}}};
  const Plan plan = diff({}, state);
  REQUIRE(plan.ops.size() == 7);
  CHECK(std::holds_alternative<SetLink>(plan.ops[4]));
  CHECK(std::get<SetForwarding>(plan.ops[5]).forwarding == *state.forwarding);
  Observed kernel = kernel_with(state);
  CHECK(diff(kernel, state).empty());
  SUBCASE("put right where it is in pieces") {
    kernel.forwarding = Forwarding{};
    CHECK(described(diff(kernel, state)) ==
          std::vector<std::string>{"forward packets of smeg0, 2001:db8::/48 behind this host for smeg0, masquerade "
                                   "those of fd00::/64 from smeg0"});
  }
  SUBCASE("taken back") {
    CHECK(described(diff(kernel, {})) == std::vector<std::string>{"remove route fd00::/64 over smeg0",
                                                                  "forward no packets any more",
                                                                  "remove interface smeg0"});
  }
  SUBCASE("not for an interface that is somebody else's") {
    kernel.interfaces.at(interface_name(0)).ours = false;
    kernel.routes.clear();
    CHECK(described(diff(kernel, state)) == std::vector<std::string>{"forward no packets any more"});
  }
}

TEST_CASE("a lane is an interface of its own: it comes and goes beside the mesh's main one") {
  State state = small_state();
  Observed kernel = kernel_with(state);
  Interface lane = state.interfaces.at(interface_name(0));
  lane.lane = 1;
  lane.device.listen_port = 51'821;
  state.interfaces.emplace(interface_name(1), lane);
  CHECK(check(state));
  const Plan plan = diff(kernel, state);
  CHECK(std::get<AddInterface>(plan.ops.front()).lane == 1);
  for (const Op& op : plan.ops) CHECK(*interface_of(op) == interface_name(1));
  carry_out(kernel, plan);
  CHECK(holds(kernel, state));
  kernel.interfaces.at(interface_name(1)).mesh.reset();  // somebody took the alias away
  kernel.interfaces.at(interface_name(1)).lane = kMainLane;
  REQUIRE(diff(kernel, state).ops.size() == 1);
  carry_out(kernel, diff(kernel, state));
  CHECK(holds(kernel, state));
}

TEST_CASE("a route's MTU is changed in one step") {
  State state = small_state();
  Observed kernel = kernel_with(state);
  state.routes.begin()->second.mtu = 1'280;
  CHECK(described(diff(kernel, state)) == std::vector<std::string>{"replace route fd00::/64 over smeg0 MTU 1280"});
  state.routes.begin()->second.mtu_fixed = true;
  carry_out(kernel, diff(kernel, state));
  CHECK(holds(kernel, state));
}

TEST_CASE("property: one plan leads from any kernel to any state, opens no hole, and leaves nothing to do") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    Observed kernel;
    for (int step = 0; step < 6; ++step) {
      CAPTURE(step);
      const State desired = random_state(rng);
      const Plan plan = diff(kernel, desired);
      check_no_hole(kernel, plan);
      carry_out(kernel, plan);
      CHECK(holds(kernel, desired));
      const Plan again = diff(kernel, desired);
      CHECK_MESSAGE(again.empty(),
                    describe(again.empty() ? Op(RemoveInterface{interface_name(0)}) : again.ops.front()));
      CHECK(again.conflicts == plan.conflicts);
      disturb(kernel, rng);
    }
  }
}

TEST_CASE("property: drift is put right") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    const State desired = random_state(rng);
    Observed kernel = kernel_with(desired);
    for (int step = 0; step < 8; ++step) {
      disturb(kernel, rng);
      carry_out(kernel, diff(kernel, desired));
      CHECK(holds(kernel, desired));
    }
  }
}

}  // namespace smeg::netstate
