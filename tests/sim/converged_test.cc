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

}  // namespace smeg::sim
