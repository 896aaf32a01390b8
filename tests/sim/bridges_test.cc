// Packets across meshes.
#include "sim/bridges_scene.h"

namespace smeg::sim {
namespace {

constexpr config::Backend kBackends[] = {config::Backend::userspace, config::Backend::kernel,
                                         config::Backend::automatic};

}  // namespace

TEST_CASE("a line of three meshes: packets cross both bridges, there and back") {
  for (const config::Backend backend : kBackends) {
    CAPTURE(backend);
    Bridged scene(201, backend);
    scene.add("a", {"red"}, false);
    scene.add("b", {"red", "green"});
    scene.add("c", {"green", "blue"});
    scene.add("d", {"blue"}, false);
    scene.reach("a", "red", "d", "blue", seconds(10));
    scene.reach("a", "red", "c", "green", seconds(1));
    scene.reach("b", "red", "d", "blue", seconds(1));
    scene.world.run_for(seconds(1));
    REQUIRE(scene.exit("a", "blue"));
    CHECK(scene.exit("a", "blue")->hops == 2);
    CHECK(scene.exit("a", "green")->hops == 1);
    CHECK(!scene.route("a", "red"));
    CHECK(scene.world.kernel(scene.at("a")).state().forwarding == std::nullopt);
    CHECK(scene.world.complaints().empty());
  }
}

TEST_CASE("without advertiseRoute nothing crosses") {
  Bridged scene(202);
  scene.add("a", {"red"}, false);
  scene.add("b", {"red", "green"}, false);
  scene.add("c", {"green"}, false);
  scene.world.run_for(seconds(20));
  CHECK(scene.world.snapshot(scene.at("a"))->routes.empty());
  CHECK(!scene.lost("a", "red", "c", "green").empty());
}

TEST_CASE("a mesh that may be bridged, and has none to be bridged with, is apart from an exit's and a network's") {
  World world(212);
  HostOptions options;
  options.name = "host";
  options.config.backend = config::Backend::userspace;
  for (const char* name : {"staff", "partners", "lone"})
    options.config.meshes.push_back({.name = name, .create = true, .token_file = {}, .via = {}, .base = {}});
  options.config.meshes[0].base.advertise_defaults = true;
  options.config.meshes[1].base.advertise_prefixes = {*addr::Prefix::parse("2001:db8:7::/64")};
  options.config.meshes[2].base.advertise_route = true;
  const HostIndex host = world.add_host(options);
  world.start(host);
  world.run_for(seconds(10));
  const auto& forwarding = world.kernel(host).state().forwarding;
  REQUIRE(forwarding);
  CHECK(forwarding->meshes.size() == 3);
  CHECK(forwarding->apart == forwarding->meshes);
  CHECK(forwarding->beyond.size() == 2);
}

TEST_CASE("two bridges: one dies, and all go through the other") {
  for (const config::Backend backend : kBackends) {
    CAPTURE(backend);
    Bridged scene(203, backend);
    for (const char* name : {"a1", "a2", "a3", "a4"}) scene.add(name, {"red"}, false);
    scene.add("x", {"red", "green"});
    scene.add("y", {"red", "green"});
    for (const char* name : {"z1", "z2", "z3", "z4"}) scene.add(name, {"green"}, false);
    for (const char* from : {"a1", "a2", "a3", "a4"})
      for (const char* to : {"z1", "z2", "z3", "z4"}) scene.reach(from, "red", to, "green", seconds(10));
    scene.world.cut_power(scene.at("x"));
    for (const char* from : {"a1", "a2", "a3", "a4"})
      for (const char* to : {"z1", "z2", "z3", "z4"}) scene.reach(from, "red", to, "green", seconds(6));
    scene.world.start(scene.at("x"));
    scene.world.run_for(seconds(20));
    for (const char* from : {"a1", "a2", "a3", "a4"})
      for (const char* to : {"z1", "z2", "z3", "z4"}) scene.reach(from, "red", to, "green", seconds(1));
  }
}

TEST_CASE("a bridge is reached at each of its addresses, whichever bridge the packets come through") {
  Bridged scene(208);
  for (const char* name : {"a1", "a2", "a3", "a4"}) scene.add(name, {"red"}, false);
  for (const char* name : {"x", "y"}) scene.add(name, {"red", "green"});
  for (const char* from : {"a1", "a2", "a3", "a4"})
    for (const char* to : {"x", "y"}) scene.reach(from, "red", to, "green", seconds(10));
}

TEST_CASE("a bridge answers from the address that was asked, also through its other mesh where both are as near") {
  Bridged scene(209);
  const std::vector<std::string> meshes{"m0", "m1", "m2"};
  for (const std::string& mesh : meshes) scene.add("h-" + mesh, {mesh}, false);
  std::vector<std::pair<std::string, std::size_t>> bridges;
  for (std::size_t i = 0; i < 3; ++i)
    for (const char* side : {"x", "y"}) {
      bridges.emplace_back(side + std::to_string(i), i);
      scene.add(bridges.back().first, {meshes[i], meshes[(i + 1) % 3]});
    }
  for (const auto& [bridge, i] : bridges)
    for (const std::size_t mesh : {i, (i + 1) % 3})
      scene.reach("h-" + meshes[(i + 2) % 3], meshes[(i + 2) % 3], bridge, meshes[mesh], seconds(10));
}

TEST_CASE("transit between two pairs of bridges loses nothing") {
  for (const config::Backend backend : kBackends) {
    CAPTURE(backend);
    Bridged scene(204, backend);
    for (const char* name : {"a1", "a2", "a3"}) scene.add(name, {"red"}, false);
    for (const char* name : {"x1", "x2"}) scene.add(name, {"red", "green"});
    for (const char* name : {"y1", "y2"}) scene.add(name, {"green", "blue"});
    for (const char* name : {"c1", "c2", "c3"}) scene.add(name, {"blue"}, false);
    for (const char* from : {"a1", "a2", "a3"})
      for (const char* to : {"c1", "c2", "c3"}) scene.reach(from, "red", to, "blue", seconds(10));
    // To a bridge's address on its far side, whichever bridge leads there.
    for (const char* from : {"a1", "a2", "a3"})
      for (const char* to : {"x1", "x2"}) scene.reach(from, "red", to, "green", seconds(1));
    scene.reach("x1", "red", "x2", "green", seconds(1));
  }
}

TEST_CASE("a ring of five meshes: a link is cut, packets go the long way round; it heals, and they come back") {
  for (const config::Backend backend : kBackends) {
    CAPTURE(backend);
    Bridged scene(205, backend);
    const std::vector<std::string> meshes{"m0", "m1", "m2", "m3", "m4"};
    for (std::size_t i = 0; i < 5; ++i) scene.add("h" + std::to_string(i), {meshes[i]}, false);
    for (std::size_t i = 0; i < 5; ++i) scene.add("b" + std::to_string(i), {meshes[i], meshes[(i + 1) % 5]});
    scene.reach("h0", "m0", "h1", "m1", seconds(15));
    REQUIRE(scene.exit("h0", "m1"));
    CHECK(scene.exit("h0", "m1")->hops == 1);
    scene.world.cut_power(scene.at("b0"));
    scene.reach("h0", "m0", "h1", "m1", seconds(12));
    scene.world.run_for(seconds(1));  // Snapshots follow
    REQUIRE(scene.exit("h0", "m1"));
    CHECK(scene.exit("h0", "m1")->hops == 4);
    scene.world.start(scene.at("b0"));
    scene.world.run_for(seconds(20));
    scene.reach("h0", "m0", "h1", "m1", seconds(5));
    REQUIRE(scene.exit("h0", "m1"));
    CHECK(scene.exit("h0", "m1")->hops == 1);
    // At rest nobody says anything.
    scene.world.run_for(seconds(30));
    std::uint64_t before = 0, after = 0;
    for (std::uint32_t i = 0; i < scene.world.size(); ++i) before += scene.world.kernel({i}).operations();
    scene.world.run_for(minutes(2));
    for (std::uint32_t i = 0; i < scene.world.size(); ++i) after += scene.world.kernel({i}).operations();
    CHECK(after == before);
  }
}

TEST_CASE("a daemon that restarts takes no packet with it") {
  for (const config::Backend backend : kBackends) {
    CAPTURE(backend);
    Bridged scene(206, backend);
    scene.add("a", {"red"}, false);
    scene.add("b", {"red", "green"});
    scene.add("c", {"green"}, false);
    scene.reach("a", "red", "c", "green", seconds(10));
    scene.world.run_for(seconds(40));
    scene.world.kill(scene.at("b"));
    scene.world.run_for(milliseconds(300));
    scene.world.start(scene.at("b"));
    for (int i = 0; i < 300; ++i) {
      scene.world.run_for(milliseconds(100));
      const std::string wrong = scene.lost("a", "red", "c", "green");
      REQUIRE_MESSAGE(wrong.empty(), i << ": " << wrong);
    }
  }
}

TEST_CASE("clients are reached through a peer, and through another once that is dead; across meshes too") {
  for (const config::Backend backend : kBackends) {
    CAPTURE(backend);
    Bridged scene(207, backend);
    config::BaseConfiguration client;
    client.role = Role::client;
    for (const char* name : {"p1", "p2", "p3"}) scene.add(name, {"red"}, false);
    scene.add("b", {"red", "green"});
    scene.add("z", {"green"}, false);
    scene.add("b2", {"red", "blue"});
    scene.add("w", {"blue"}, false);
    for (const char* name : {"c1", "c2", "c3", "c4", "c5"}) scene.add(name, {"red"}, false, client);
    const auto all_reach = [&](Duration within) {
      for (const char* from : {"c1", "c2", "c3", "c4", "c5"}) {
        for (const char* to : {"p1", "p2", "p3", "c1", "c2", "c3"})
          if (std::string(from) != to && scene.world.is_up(scene.at(to))) scene.reach(from, "red", to, "red", within);
        scene.reach(from, "red", "z", "green", within);
        scene.reach(from, "red", "w", "blue", within);
      }
    };
    all_reach(seconds(10));
    for (const char* name : {"c1", "c2", "c3"})
      CHECK(scene.world.kernel(scene.at(name)).state().interfaces.begin()->second.device->peers.size() == 2);
    scene.world.cut_power(scene.at("p1"));
    all_reach(seconds(6));
    scene.world.start(scene.at("p1"));
    scene.world.run_for(seconds(20));
    all_reach(seconds(1));
  }
}

TEST_CASE("the peer that carries a client takes the client's packets from nobody else") {
  Bridged scene(211);
  config::BaseConfiguration client;
  client.role = Role::client;
  for (const char* name : {"p1", "p2"}) scene.add(name, {"red"}, false);
  for (const char* name : {"c1", "c2", "c3", "c4"}) scene.add(name, {"red"}, false, client);
  scene.world.run_for(seconds(20));
  unsigned carried = 0;
  for (const char* name : {"p1", "p2"}) {
    const auto& device = *scene.world.kernel(scene.at(name)).state().interfaces.begin()->second.device;
    for (const char* of : {"c1", "c2", "c3", "c4"}) {
      const addr::Prefix address = addr::Prefix::host(scene.address(of, "red"));
      // The one who doesn't carry it first has it with all else that is behind the other.
      const bool first = std::ranges::any_of(
          device.peers, [&](const auto& peer) { return peer.second.allowed_ips == std::set{address}; });
      carried += first;
      for (const auto& [key, peer] : device.peers)
        CHECK_FALSE((first && peer.sources.contains(address) && !peer.allowed_ips.contains(address)));
    }
  }
  CHECK(carried == 4);
}

}  // namespace smeg::sim
