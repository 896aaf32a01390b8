// Liveness in a mesh in which nobody holds sessions with everybody.
#include <algorithm>

#include "scene.h"

namespace smeg::sim {
namespace {

using control::MemberState;

constexpr std::size_t kHosts = 32;
constexpr std::size_t kNeighbours = 8;

// How many of the hosts that are up show the member in that state.
std::size_t shown(Scene& scene, const crypto::IdentityKey& member, MemberState state) {
  return static_cast<std::size_t>(std::ranges::count_if(scene.hosts, [&](HostIndex host) {
    if (!scene.world.is_up(host)) return false;
    const auto* view = scene.member(host, member);
    return view && view->state == state;
  }));
}

HostIndex leader_of(Scene& scene) {
  const auto leader = scene.world.view(scene.hosts[0], scene.mesh)->leader;
  REQUIRE(leader);
  return *std::ranges::find_if(scene.hosts, [&](HostIndex host) { return scene.identity(host) == *leader; });
}

struct Settled : Scene {
  explicit Settled(std::uint64_t seed) : Scene(seed, {milliseconds(10), milliseconds(80), 0.02}) {
    form(kHosts);
    agree(hosts, minutes(2));
    world.run_for(minutes(1));
  }
};

// That its end, of whichever kind, shows everywhere else.
void known_to_all_within(Duration limit, Scene& scene, HostIndex host, void (World::*end)(HostIndex)) {
  const auto identity = scene.identity(host);
  (scene.world.*end)(host);
  scene.world.run_for(limit);
  CHECK(shown(scene, identity, MemberState::down) == kHosts - 1);
}

}  // namespace

TEST_CASE("a host holds a few sessions, however many members there are") {
  Settled scene(201);
  // Each session has two ends; a few more while sessions that the rings moved away from are still ending.
  CHECK(scene.world.network().sessions() <= kHosts * (kNeighbours + 1));
  scene.honest();
}

TEST_CASE("of a leader that is killed everybody knows within four seconds, and the next one leads") {
  Settled scene(202);
  const HostIndex leader = leader_of(scene);
  known_to_all_within(seconds(4), scene, leader, &World::kill);
  scene.world.start(leader);
  scene.agree(scene.hosts, seconds(15));
  CHECK(leader_of(scene) == leader);
  scene.honest();
}

TEST_CASE("of a leader that vanishes everybody knows within six seconds") {
  Settled scene(203);
  known_to_all_within(seconds(6), scene, leader_of(scene), &World::cut_power);
  scene.honest();
}

TEST_CASE("halves that were apart agree within eight seconds after they are together again") {
  Settled scene(204);
  const std::vector<HostIndex> half(scene.hosts.begin() + kHosts / 3, scene.hosts.end());
  scene.world.network().partition({half});
  scene.world.run_for(minutes(5));
  const auto other = scene.identity(scene.hosts[0]);
  CHECK(shown(scene, other, MemberState::down) == half.size());
  scene.world.network().heal();
  scene.agree(scene.hosts, seconds(8));
  scene.honest();
}

TEST_CASE("two who are left of many, and are no neighbours, find each other") {
  for (const std::size_t left : {3u, 9u, 31u}) {
    CAPTURE(left);
    Settled scene(206);
    const HostIndex one = scene.hosts[5], other = scene.hosts[left];
    const auto sessions = scene.world.view(one, scene.mesh)->sessions;
    REQUIRE(std::ranges::find(sessions, scene.identity(other), &control::SessionView::member) == sessions.end());
    std::vector<std::vector<HostIndex>> alone;
    for (const HostIndex host : scene.hosts) alone.push_back({host});
    scene.world.network().partition(alone);
    scene.world.run_for(minutes(1));
    for (const HostIndex host : scene.hosts)
      if (host != one && host != other) scene.world.cut_power(host);
    scene.world.network().heal();
    scene.world.run_for(seconds((kHosts / 16 + 1) * 7 + 6));
    CHECK(scene.member(one, other)->state == MemberState::alive);
    CHECK(scene.member(other, one)->state == MemberState::alive);
    scene.honest();
  }
}

TEST_CASE("in ten minutes of loss nobody who lives is taken for down") {
  Settled scene(205);
  scene.world.network().set_quality({milliseconds(10), milliseconds(150), 0.05});
  std::size_t wrongful = 0;
  scene.world.watch([&](HostIndex, const control::Snapshot& snapshot) {
    for (const auto& mesh : snapshot.meshes)
      wrongful +=
          static_cast<std::size_t>(std::ranges::count(mesh.members, MemberState::down, &control::MemberView::state));
  });
  scene.world.run_for(minutes(10));
  CHECK(wrongful == 0);
  scene.honest();
}

}  // namespace smeg::sim
