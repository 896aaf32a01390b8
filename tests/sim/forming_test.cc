// Hosts that know nothing but an invite become a mesh.
#include "sim/scene.h"

namespace smeg::sim {
namespace {

TEST_CASE("three hosts: all know all within a second of the last join, and reach each other within five") {
  Scene scene;
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  scene.connected(scene.hosts, seconds(4));
  scene.at_rest();
  scene.honest();
}

TEST_CASE("one host alone is a mesh, at rest") {
  Scene scene;
  scene.form(1);
  scene.agree(scene.hosts, seconds(1));
  scene.at_rest();
  scene.honest();
}

TEST_CASE("a dozen hosts on slow and lossy paths") {
  Scene scene(3, {milliseconds(20), milliseconds(200), 0.05});
  scene.form(12);
  scene.agree(scene.hosts, minutes(2));
  scene.connected(scene.hosts, minutes(1));
  scene.honest();
}

TEST_CASE("all join at once, with one invite") {
  Scene scene(4);
  scene.hosts = scene.world.add_hosts(8);
  scene.mesh = *scene.world.create_mesh(scene.hosts[0], "office");
  control::MeshJoin wanted;
  wanted.token = control::SecretText(scene.invite(scene.hosts[0], 7));
  std::vector<control::CommandId> posted;
  for (std::size_t i = 1; i < 8; ++i) posted.push_back(scene.world.post(scene.hosts[i], wanted));
  scene.world.run_until(
      [&] {
        return std::all_of(posted.begin(), posted.end(), [&](auto id) { return scene.world.reply(id).has_value(); });
      },
      seconds(20));
  for (const auto id : posted) {
    const auto reply = scene.world.reply(id);
    REQUIRE(reply);
    CHECK_MESSAGE(*reply, (*reply ? "" : reply->error().message));
  }
  scene.agree(scene.hosts, seconds(2));
  scene.connected(scene.hosts, seconds(5));
  scene.honest();
}

TEST_CASE("an invite for one lets one in; whoever comes too late is told why, and nothing stays of it") {
  Scene scene(5);
  scene.form(1);
  const std::string token = scene.invite(scene.hosts[0]);
  const HostIndex first = scene.add();
  const HostIndex second = scene.add();
  scene.join(first, token);
  const auto refused = scene.world.join(second, token);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::used_up);
  scene.world.run_for(seconds(5));
  CHECK(scene.world.snapshot(second)->meshes.empty());
  CHECK(residue(scene.world, second).empty());
  scene.agree({scene.hosts[0], first}, seconds(2));
  scene.honest();
}

TEST_CASE("a member's daemon may be a stranger to the inviter's calendar") {
  Scene scene(6);
  scene.form(1);
  HostOptions options;
  options.wall_skew = -std::chrono::hours(24 * 3650);
  const HostIndex late = scene.world.add_host(options);
  scene.world.start(late);
  scene.join(late, scene.invite(scene.hosts[0]));
  scene.agree({scene.hosts[0], late}, seconds(2));
  scene.honest();
}

TEST_CASE("a clock that jumps drops nobody") {
  Scene scene(7);
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  scene.world.step_wall_clock(scene.hosts[1], std::chrono::hours(1));
  for (int i = 0; i < 30; ++i) {
    scene.world.run_for(seconds(1));
    REQUIRE(disagreement(scene.world, scene.mesh, scene.hosts).empty());
  }
  scene.world.step_wall_clock(scene.hosts[1], -std::chrono::hours(100));
  scene.world.run_for(seconds(30));
  scene.agree(scene.hosts, {});
  scene.honest();
}

TEST_CASE("a host in two meshes shows each its own identity") {
  Scene scene(8);
  scene.form(2);
  const auto second = scene.world.create_mesh(scene.hosts[1], "lab");
  REQUIRE(second);
  CHECK(*second != scene.mesh);
  scene.world.run_for(seconds(5));
  CHECK(scene.world.view(scene.hosts[1], *second)->self != scene.identity(scene.hosts[1]));
  CHECK(scene.world.snapshot(scene.hosts[0])->meshes.size() == 1);
  scene.agree(scene.hosts, seconds(1));
  scene.at_rest();
  scene.honest();
}

TEST_CASE("meshes that the configuration names are created and joined by themselves, whoever comes first") {
  Scene scene(9);
  HostOptions founder;
  founder.config.meshes.resize(1);
  founder.config.meshes[0].name = "office";
  founder.config.meshes[0].create = true;
  HostOptions joiner = founder;
  joiner.config.meshes[0].create = false;
  joiner.config.meshes[0].token_file = "/etc/smegmesh/token";
  scene.hosts = {scene.world.add_host(founder), scene.world.add_host(joiner)};
  scene.world.start(scene.hosts[1]);
  scene.world.run_for(minutes(1));
  CHECK(scene.world.snapshot(scene.hosts[1])->meshes.empty());
  CHECK_FALSE(scene.world.snapshot(scene.hosts[1])->daemon.problems.empty());

  scene.world.start(scene.hosts[0]);
  scene.world.run_for(seconds(1));
  REQUIRE(scene.world.snapshot(scene.hosts[0])->meshes.size() == 1);
  scene.mesh = scene.world.snapshot(scene.hosts[0])->meshes[0].id;
  scene.world.put_file(scene.hosts[1], "/etc/smegmesh/token", scene.invite(scene.hosts[0]));
  scene.agree(scene.hosts, minutes(5));
  CHECK(scene.world.snapshot(scene.hosts[1])->daemon.problems.empty());

  for (const HostIndex host : scene.hosts) scene.world.kill(host);
  for (const HostIndex host : scene.hosts) scene.world.start(host);
  scene.agree(scene.hosts, minutes(1));
  for (const HostIndex host : scene.hosts) CHECK(scene.world.snapshot(host)->meshes.size() == 1);
  scene.honest();
}

}  // namespace
}  // namespace smeg::sim
