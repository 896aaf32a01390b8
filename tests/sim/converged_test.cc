// Hosts that start from the files of a mesh that has been there for a while.
#include "sim/scene.h"

namespace smeg::sim {
namespace {

HostOptions plain(std::size_t) { return {}; }

struct Converged : Scene {
  Converged(std::uint64_t seed, const ConvergedOptions& options) : Scene(seed) {
    auto made = add_converged(world, options, seed);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().message));
    mesh = made->mesh;
    hosts = made->hosts;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const auto& member = made->members[i];
      identities.push_back(member.identity);
      honesty.know(mesh, hosts[i], member.identity, member.address, world.name(hosts[i]));
    }
    for (const HostIndex host : hosts) world.start(host);
  }
  std::vector<crypto::IdentityKey> identities;
};

}  // namespace

TEST_CASE(
    "hosts that stopped together are one mesh again within seconds, under the names and identities that they had") {
  Converged scene(401, {.members = 12, .clients = 2, .host = plain});
  scene.agree(scene.hosts, seconds(10));
  for (std::size_t i = 0; i < scene.hosts.size(); ++i) {
    CHECK(scene.identity(scene.hosts[i]) == scene.identities[i]);
    const auto* member = scene.member(scene.hosts[0], scene.identities[i]);
    REQUIRE(member);
    CHECK(member->alias == scene.world.name(scene.hosts[i]));
    CHECK(member->role == (i < 10 ? Role::peer : Role::client));
  }
  scene.honest();
}

TEST_CASE("the founder of a converged mesh can admit, and holds the root") {
  Converged scene(402, {.members = 4, .clients = 0, .host = plain});
  scene.agree(scene.hosts, seconds(10));
  const auto* founder = scene.world.view(scene.hosts[0], scene.mesh);
  CHECK(founder->can_admit);
  CHECK(founder->has_root);
  const HostIndex newcomer = scene.add();
  scene.join(newcomer, scene.invite(scene.hosts[0]));
  scene.hosts.push_back(newcomer);
  scene.agree(scene.hosts, seconds(10));
  scene.honest();
}

TEST_CASE("hundreds of clients stay with the two peers that there are") {
  constexpr std::size_t kClients = 400;
  Converged scene(403, {.members = 2 + kClients, .clients = kClients, .host = plain});
  const auto sessions = [&](std::size_t host) {
    return scene.world.network().connected_with(scene.hosts[host]).size();
  };
  scene.world.run_for(seconds(30));
  for (int i = 0; i < 100; ++i) {
    scene.world.run_for(milliseconds(100));
    CHECK(sessions(0) == kClients + 1);
    CHECK(sessions(1) == kClients + 1);
  }
}

}  // namespace smeg::sim
