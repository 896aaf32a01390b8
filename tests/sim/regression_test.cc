// What went wrong once, by name.
#include "sim/scene.h"

namespace smeg::sim {
namespace {

TEST_CASE("a newcomer that dies right after it was let in finds back by the one who let it in") {
  Scene scene(101);
  scene.form(2);
  const HostIndex newcomer = scene.add();
  scene.join(newcomer, scene.invite(scene.hosts[0]));
  scene.world.cut_power(newcomer);  // its cache of members was never written, and nobody has heard of it yet
  scene.world.run_for(minutes(1));
  scene.world.start(newcomer);
  scene.agree({scene.hosts[0], scene.hosts[1], newcomer}, minutes(1));
  scene.honest();
}

TEST_CASE("all hosts lose power before any has written its cache of members") {
  Scene scene(102);
  scene.form(4);
  for (const HostIndex host : scene.hosts) scene.world.cut_power(host);
  scene.world.run_for(minutes(1));
  for (const HostIndex host : scene.hosts) scene.world.start(host);
  scene.agree(scene.hosts, minutes(2));
  scene.connected(scene.hosts, minutes(1));
  scene.honest();
}

TEST_CASE("a backup that is older than a block of counters: the host is heard again at once") {
  Scene scene(103);
  scene.form(2);
  scene.agree(scene.hosts, seconds(1));
  const auto backup = scene.world.disk(scene.hosts[1]).files();
  for (int i = 0; i < 1'100; ++i) {
    REQUIRE(scene.world.command(scene.hosts[1], control::AliasSet{{}, "name-" + std::to_string(i)}));
  }
  scene.world.run_for(seconds(5));
  scene.world.cut_power(scene.hosts[1]);
  scene.world.disk(scene.hosts[1]).put(node::File::state, backup.state);
  scene.world.disk(scene.hosts[1]).put(node::File::members, backup.members);
  scene.world.start(scene.hosts[1]);
  scene.world.run_for(seconds(30));
  REQUIRE(scene.world.command(scene.hosts[1], control::AliasSet{{}, "restored"}));
  scene.world.run_for(seconds(5));
  REQUIRE(scene.member(scene.hosts[0], scene.hosts[1]));
  CHECK(scene.member(scene.hosts[0], scene.hosts[1])->alias == "restored");
  scene.agree(scene.hosts, minutes(1));
}

}  // namespace
}  // namespace smeg::sim
