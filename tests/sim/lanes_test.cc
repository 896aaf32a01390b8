// Several exits where the kernel's WireGuard carries packets.
#include <set>

#include "sim/bridges_scene.h"

namespace smeg::sim {
namespace {

// The numbers of a host's lanes and what they look like from outside.
struct Lane {
  std::string interface;
  std::uint16_t port = 0;
  crypto::WgPrivateKey key;

  friend bool operator==(const Lane&, const Lane&) = default;
};
std::map<netstate::Owner, Lane> lanes(Bridged& scene, const std::string& host) {
  std::map<netstate::Owner, Lane> out;
  for (const auto& [name, interface] : scene.world.kernel(scene.at(host)).state().interfaces)
    if (interface.lane != netstate::kMainLane)
      out[{*interface.mesh, interface.lane}] = {name.text(), interface.device->listen_port,
                                                interface.device->private_key};
  return out;
}
// Whether a packet from there to here takes a lane.
bool takes_lane(Bridged& scene, const std::string& host, const addr::Prefix& prefix) {
  const netstate::Observed& state = scene.world.kernel(scene.at(host)).state();
  const auto route = state.routes.find({.prefix = prefix});
  return route != state.routes.end() && state.interfaces.at(route->second.interface).lane != netstate::kMainLane;
}

struct TwoBridges : Bridged {
  explicit TwoBridges(std::uint64_t seed) : Bridged(seed, config::Backend::kernel) {
    add("a", {"red"}, false);
    add("x", {"red", "green"});
    add("y", {"red", "green"});
    add("z", {"green"}, false);
    reach("a", "red", "z", "green", seconds(10));
    world.run_for(seconds(5));
  }
};

TEST_CASE("three exits a side: packets go out through one and come back through another") {
  for (const config::Backend backend : {config::Backend::kernel, config::Backend::automatic}) {
    CAPTURE(backend);
    Bridged scene(301, backend);
    for (const char* name : {"a1", "a2", "a3", "a4"}) scene.add(name, {"red"}, false);
    for (const char* name : {"x1", "x2", "x3"}) scene.add(name, {"red", "green"});
    for (const char* name : {"y1", "y2", "y3"}) scene.add(name, {"green", "blue"});
    for (const char* name : {"c1", "c2", "c3", "c4"}) scene.add(name, {"blue"}, false);
    std::set<std::pair<HostIndex, HostIndex>> ways;
    for (const char* from : {"a1", "a2", "a3", "a4"}) {
      for (const char* to : {"c1", "c2", "c3", "c4"}) {
        scene.reach(from, "red", to, "blue", seconds(10));
        const auto source = scene.address(from, "red"), destination = scene.address(to, "blue");
        const Journey there = follow(scene.world, scene.at(from), source, destination);
        const Journey back = follow(scene.world, scene.at(to), destination, source);
        REQUIRE(there.hosts.size() == 4);
        REQUIRE(back.hosts.size() == 4);
        ways.insert({there.hosts[1], back.hosts[2]});
      }
    }
    CHECK(std::ranges::any_of(ways, [](const auto& way) { return way.first != way.second; }));
    if (backend == config::Backend::kernel) {
      CHECK(lanes(scene, "a1").size() == 3);  // x1, x2, x3 in red
      CHECK(lanes(scene, "x1").size() == 7);  // in green y1, y2, y3, x2, x3; in red x2, x3
    }
    CHECK(scene.world.complaints().empty());
  }
}

TEST_CASE("packets take the lanes, of both sides where both have one") {
  TwoBridges scene(302);
  CHECK(lanes(scene, "a").size() == 2);
  CHECK(lanes(scene, "z").size() == 2);
  CHECK(lanes(scene, "x").empty());
  CHECK(takes_lane(scene, "a", addr::mesh_prefix(scene.ids["green"])));
  CHECK(takes_lane(scene, "a", addr::Prefix::host(scene.address("x", "red"))));
  CHECK(takes_lane(scene, "a", addr::Prefix::host(scene.address("y", "red"))));
}

TEST_CASE("a daemon that was killed finds its lanes, and no packet is lost meanwhile") {
  TwoBridges scene(303);
  scene.world.run_for(seconds(40));
  const auto before = lanes(scene, "a");
  REQUIRE(before.size() == 2);
  const std::uint64_t operations = scene.world.kernel(scene.at("a")).operations();
  scene.world.kill(scene.at("a"));
  scene.world.run_for(milliseconds(300));
  scene.world.start(scene.at("a"));
  for (int i = 0; i < 600; ++i) {
    scene.world.run_for(milliseconds(100));
    const std::string wrong = scene.lost("a", "red", "z", "green");
    REQUIRE_MESSAGE(wrong.empty(), i << ": " << wrong);
  }
  CHECK(lanes(scene, "a") == before);
  // Nothing but what only the daemon knew, where it had sent its peers.
  CHECK(scene.world.kernel(scene.at("a")).operations() - operations < 10);
}

TEST_CASE("after a loss of power lanes are where they were") {
  TwoBridges scene(304);
  const auto before = lanes(scene, "a");
  scene.world.cut_power(scene.at("a"));
  CHECK(lanes(scene, "a").empty());
  scene.world.start(scene.at("a"));
  scene.world.run_for(seconds(1));
  scene.reach("a", "red", "z", "green", seconds(10));
  CHECK(lanes(scene, "a") == before);
}

TEST_CASE("with one exit left there is no lane any more") {
  TwoBridges scene(305);
  REQUIRE(scene.world.command(scene.at("y"), control::MeshLeave{.mesh = {"green"}}));
  scene.reach("a", "red", "z", "green", seconds(5));
  scene.world.run_for(seconds(60));
  CHECK(lanes(scene, "a").empty());
  CHECK(lanes(scene, "z").empty());
  scene.reach("a", "red", "z", "green", seconds(1));
  scene.reach("a", "red", "y", "red", seconds(1));
  CHECK(scene.world.complaints().empty());
}

TEST_CASE("an orderly stop takes the lanes away, and a start brings them back") {
  TwoBridges scene(306);
  REQUIRE(scene.world.stop(scene.at("a")));
  CHECK(residue(scene.world, scene.at("a")).empty());
  scene.world.start(scene.at("a"));
  scene.world.run_for(seconds(1));
  scene.reach("a", "red", "z", "green", seconds(10));
  CHECK(lanes(scene, "a").size() == 2);
}

}  // namespace
}  // namespace smeg::sim
