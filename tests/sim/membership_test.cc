// Leaving, revoking, clones, the root off its host.
#include "sim/scene.h"

namespace smeg::sim {
namespace {

using control::MemberState;

TEST_CASE("a member that leaves is gone everywhere, and comes back by a new invite under the same identity") {
  Scene scene(31);
  scene.form(3);
  scene.connected(scene.hosts, seconds(10));
  const HostIndex leaver = scene.hosts[2];
  const auto identity = scene.identity(leaver);
  REQUIRE(scene.world.command(leaver, control::MeshLeave{}));
  const auto rest = without(scene.hosts, leaver);
  scene.world.run_for(seconds(2));
  scene.agree(rest, seconds(5));
  for (const HostIndex host : rest) CHECK(scene.member(host, identity) == nullptr);
  CHECK(scene.world.snapshot(leaver)->meshes.empty());
  scene.world.run_for(seconds(2));
  CHECK(residue(scene.world, leaver).empty());

  // Nobody who starts anew brings it back
  scene.world.kill(rest[1]);
  scene.world.start(rest[1]);
  scene.world.run_for(minutes(2));
  for (const HostIndex host : rest) CHECK(scene.member(host, identity) == nullptr);

  scene.join(leaver, scene.invite(scene.hosts[0]));
  CHECK(scene.identity(leaver) == identity);
  scene.agree(scene.hosts, seconds(5));
  scene.connected(scene.hosts, seconds(10));
  scene.honest();
}

TEST_CASE("a member that leaves while the others are away is gone once they hear of it") {
  Scene scene(32);
  scene.form(4);
  scene.agree(scene.hosts, seconds(1));
  const HostIndex leaver = scene.hosts[3];
  const auto identity = scene.identity(leaver);
  scene.world.network().partition({{scene.hosts[2], leaver}, {scene.hosts[0], scene.hosts[1]}});
  scene.world.run_for(seconds(20));
  REQUIRE(scene.world.command(leaver, control::MeshLeave{}));
  scene.world.run_for(seconds(5));
  scene.world.cut_power(leaver);
  scene.world.network().heal();
  const auto rest = without(scene.hosts, leaver);
  scene.agree(rest, minutes(3));
  for (const HostIndex host : rest) CHECK(scene.member(host, identity) == nullptr);
  scene.honest();
}

TEST_CASE("a revoked member loses its sessions and its tunnels, and stays out across restarts") {
  Scene scene(33);
  scene.form(4);
  scene.connected(scene.hosts, seconds(10));
  const HostIndex thief = scene.hosts[3];
  const auto identity = scene.identity(thief);
  REQUIRE(scene.world.command(scene.hosts[0], control::MemberRevoke{{}, {control::to_text(identity)}, true}));
  scene.world.run_for(seconds(5));
  const auto rest = without(scene.hosts, thief);
  scene.agree(rest, seconds(5));
  const auto shown = [&](HostIndex host) {
    const auto* member = scene.member(host, identity);
    return member ? member->state : MemberState::revoked;
  };
  for (const HostIndex host : rest) CHECK(shown(host) == MemberState::revoked);
  const auto peers = [&](HostIndex host) {
    return scene.world.kernel(host).state().interfaces.begin()->second.device->peers.size();
  };
  for (const HostIndex host : rest) CHECK(peers(host) == 2);

  for (const HostIndex host : rest) scene.world.cut_power(host);
  for (const HostIndex host : rest) scene.world.start(host);
  scene.world.run_for(minutes(2));
  scene.agree(rest, minutes(1));
  for (const HostIndex host : rest) CHECK(shown(host) == MemberState::revoked);
  for (const HostIndex host : rest) CHECK(peers(host) == 2);
  const auto again = scene.world.join(thief, scene.invite(scene.hosts[0]));
  CHECK_FALSE(again);
  scene.honest();
}

TEST_CASE("only whoever admitted a member may revoke it") {
  Scene scene(34);
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  const auto identity = scene.identity(scene.hosts[2]);
  const auto refused =
      scene.world.command(scene.hosts[1], control::MemberRevoke{{}, {control::to_text(identity)}, false});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::forbidden);
  scene.world.run_for(seconds(5));
  scene.agree(scene.hosts, seconds(1));
  scene.honest();
}

TEST_CASE("a clone of a host stands down, and the host itself goes on") {
  Scene scene(35);
  scene.form(3);
  scene.connected(scene.hosts, seconds(10));
  scene.world.run_for(minutes(1));
  const HostIndex copy = scene.world.clone(scene.hosts[2]);
  scene.world.start(copy);
  scene.world.run_for(minutes(1));
  const auto* of_copy = scene.world.view(copy, scene.mesh);
  REQUIRE(of_copy);
  CHECK(of_copy->state == control::MeshState::standing_down);
  CHECK(scene.world.view(scene.hosts[2], scene.mesh)->state == control::MeshState::active);
  scene.world.run_for(minutes(1));
  scene.agree(scene.hosts, seconds(5));
  CHECK(scene.member(scene.hosts[0], scene.hosts[2])->state == MemberState::alive);
  CHECK(scene.world.complaints().empty());
}

TEST_CASE("the root can leave the host: invites go on, an admin's invite needs it back") {
  Scene scene(36);
  scene.form(2);
  const auto key = *crypto::SealingKey::derive("a long way from home", {{1, 64}, {}});
  const auto exported = scene.world.command(scene.hosts[0], control::AuthorityExport{{}, key, true});
  REQUIRE(exported);
  const auto sealed = std::get<control::AuthorityExported>(*exported).sealed;
  CHECK_FALSE(scene.world.view(scene.hosts[0], scene.mesh)->has_root);
  const HostIndex third = scene.add();
  scene.join(third, scene.invite(scene.hosts[0]));

  control::InviteCreate admin;
  admin.admin = true;
  CHECK_FALSE(scene.world.command(scene.hosts[0], admin));
  const auto other = *crypto::SealingKey::derive("something else", {{1, 64}, {}});
  CHECK_FALSE(scene.world.command(scene.hosts[0], control::AuthorityImport{{}, sealed, other}));
  scene.world.kill(scene.hosts[0]);
  scene.world.start(scene.hosts[0]);
  scene.world.run_for(seconds(5));
  CHECK_FALSE(scene.world.view(scene.hosts[0], scene.mesh)->has_root);
  REQUIRE(scene.world.command(scene.hosts[0], control::AuthorityImport{{}, sealed, key}));
  const auto token = scene.world.command(scene.hosts[0], admin);
  REQUIRE(token);
  const HostIndex fourth = scene.add();
  scene.join(fourth, std::get<control::InviteCreated>(*token).token.expose());
  scene.world.run_for(seconds(5));
  CHECK(scene.world.view(fourth, scene.mesh)->can_admit);
  const HostIndex fifth = scene.add();
  scene.join(fifth, scene.invite(fourth));
  scene.agree({scene.hosts[0], scene.hosts[1], third, fourth, fifth}, seconds(10));
  scene.honest();
}

TEST_CASE("a rotated key is everywhere soon, and the address stays") {
  Scene scene(37);
  scene.form(3);
  scene.connected(scene.hosts, seconds(10));
  const auto before = *scene.member(scene.hosts[0], scene.hosts[1]);
  REQUIRE(scene.world.command(scene.hosts[1], control::KeyRotate{}));
  scene.world.run_for(seconds(3));
  scene.agree(scene.hosts, seconds(5));
  const auto after = *scene.member(scene.hosts[0], scene.hosts[1]);
  CHECK(after.wg_public_key != before.wg_public_key);
  CHECK(after.address == before.address);
  scene.connected(scene.hosts, seconds(10));
  scene.at_rest();
  scene.honest();
}

TEST_CASE("a token can be used by one who loses its first answer: the same certificate again") {
  Scene scene(38);
  scene.form(2);
  const std::string token = scene.invite(scene.hosts[0]);
  const HostIndex joiner = scene.add();
  control::MeshJoin wanted;
  wanted.token = control::SecretText(token);
  scene.world.post(joiner, wanted);
  scene.world.run_until(
      [&] {
        return scene.world.view(scene.hosts[0], scene.mesh)->invites.empty() ||
               scene.world.view(scene.hosts[0], scene.mesh)->invites.back().used == 1;
      },
      seconds(10));
  scene.world.kill(joiner);
  scene.world.run_for(seconds(1));
  scene.world.start(joiner);
  scene.world.run_for(seconds(1));
  if (!scene.world.view(joiner, scene.mesh)) scene.join(joiner, token);
  scene.agree({scene.hosts[0], scene.hosts[1], joiner}, seconds(10));
  scene.honest();
}

}  // namespace
}  // namespace smeg::sim
