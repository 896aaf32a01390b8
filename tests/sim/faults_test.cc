// Partitions, silence, crashes, disks that are full, kernels that refuse.
#include "sim/scene.h"

namespace smeg::sim {
namespace {

using control::MemberState;

TEST_CASE("a partition: the others are down, and all is well soon after it heals") {
  Scene scene(11);
  scene.form(5);
  scene.agree(scene.hosts, seconds(1));
  const std::vector<HostIndex> left = {scene.hosts[0], scene.hosts[1], scene.hosts[2]};
  const std::vector<HostIndex> right = {scene.hosts[3], scene.hosts[4]};
  scene.world.network().partition({left, right});
  scene.world.run_for(seconds(30));
  CHECK(scene.member(left[0], right[0])->state == MemberState::down);
  CHECK(scene.member(right[1], left[2])->state == MemberState::down);
  CHECK(scene.member(left[0], left[1])->state == MemberState::alive);
  scene.world.network().heal();
  scene.agree(scene.hosts, minutes(2));
  scene.connected(scene.hosts, seconds(30));
  scene.honest();
}

TEST_CASE("a partition of hours, with news on both sides, heals without being told") {
  Scene scene(12);
  scene.form(4);
  scene.agree(scene.hosts, seconds(1));
  scene.world.network().partition({{scene.hosts[0], scene.hosts[1]}, {scene.hosts[2], scene.hosts[3]}});
  scene.world.run_for(std::chrono::hours(3));
  CHECK(scene.world.command(scene.hosts[1], control::AliasSet{{}, "east"}));
  CHECK(scene.world.command(scene.hosts[2], control::AliasSet{{}, "west"}));
  scene.world.network().heal();
  scene.agree(scene.hosts, minutes(5));
  CHECK(scene.member(scene.hosts[3], scene.hosts[1])->alias == "east");
  CHECK(scene.member(scene.hosts[0], scene.hosts[2])->alias == "west");
  scene.honest();
}

TEST_CASE("a cut of one direction is survived by those who have another way") {
  Scene scene(13);
  scene.form(4);
  scene.agree(scene.hosts, seconds(1));
  scene.world.network().cut(scene.hosts[1], scene.hosts[2]);
  scene.world.run_for(minutes(3));
  CHECK(scene.member(scene.hosts[2], scene.hosts[1])->state == MemberState::alive);
  CHECK(scene.member(scene.hosts[1], scene.hosts[2])->state == MemberState::alive);
  scene.world.network().heal();
  scene.agree(scene.hosts, minutes(2));
  scene.honest();
}

TEST_CASE("a silent host is down after three heartbeats, stays a member, and comes back") {
  Scene scene(14);
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  const auto before = scene.identity(scene.hosts[2]);
  scene.world.cut_power(scene.hosts[2]);
  scene.world.run_for(seconds(10));
  REQUIRE(scene.member(scene.hosts[0], before));
  CHECK(scene.member(scene.hosts[0], before)->state == MemberState::down);
  scene.world.run_for(std::chrono::hours(2));
  REQUIRE(scene.member(scene.hosts[0], before));
  scene.world.start(scene.hosts[2]);
  scene.agree(scene.hosts, minutes(2));
  CHECK(scene.identity(scene.hosts[2]) == before);
  scene.connected(scene.hosts, minutes(1));
  scene.honest();
}

TEST_CASE("an orderly stop leaves nothing in the operating system, and the member is offline, not gone") {
  Scene scene(15);
  scene.form(3);
  scene.connected(scene.hosts, seconds(5));
  const auto who = scene.identity(scene.hosts[1]);
  CHECK(scene.world.stop(scene.hosts[1]));
  CHECK(residue(scene.world, scene.hosts[1]).empty());
  scene.world.run_for(seconds(2));
  REQUIRE(scene.member(scene.hosts[0], who));
  CHECK(scene.member(scene.hosts[0], who)->state == MemberState::offline);
  scene.world.run_for(minutes(2));
  CHECK(scene.member(scene.hosts[0], who)->state == MemberState::offline);
  scene.world.start(scene.hosts[1]);
  scene.agree(scene.hosts, seconds(30));
  CHECK(scene.identity(scene.hosts[1]) == who);
  scene.connected(scene.hosts, seconds(30));
  scene.honest();
}

TEST_CASE("a killed daemon takes its interfaces over, with the same keys and addresses") {
  Scene scene(16);
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  scene.connected(scene.hosts, seconds(5));
  const auto before = *scene.member(scene.hosts[0], scene.hosts[2]);
  const auto interfaces = scene.world.kernel(scene.hosts[2]).state().interfaces;
  scene.world.kill(scene.hosts[2]);
  scene.world.run_for(seconds(1));
  CHECK(scene.world.kernel(scene.hosts[2]).state().interfaces.size() == interfaces.size());
  scene.world.start(scene.hosts[2]);
  scene.agree(scene.hosts, seconds(30));
  scene.world.run_for(seconds(5));
  const auto after = *scene.member(scene.hosts[0], scene.hosts[2]);
  CHECK(after.public_key == before.public_key);
  CHECK(after.wg_public_key == before.wg_public_key);
  CHECK(after.address == before.address);
  const auto& now = scene.world.kernel(scene.hosts[2]).state().interfaces;
  REQUIRE(now.size() == interfaces.size());
  CHECK(now.begin()->second.engine == interfaces.begin()->second.engine);
  scene.connected(scene.hosts, seconds(5));
  scene.honest();
}

TEST_CASE("killed or cut off at any moment of create, join, rotate and leave, a host comes back as the one it was") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Scene scene(1'000 + seed);
    scene.form(2);
    const std::string token = scene.invite(scene.hosts[0], 2);
    const HostIndex victim = scene.add();
    SeededRng chance(seed);
    control::MeshJoin wanted;
    wanted.token = control::SecretText(token);
    const auto joining = scene.world.post(victim, wanted);
    scene.world.run_for(chance.jitter(milliseconds(300)));
    std::optional<crypto::IdentityKey> before;
    if (const auto* view = scene.world.view(victim, scene.mesh)) before = view->self;
    const auto joined = scene.world.reply(joining);
    if (joined && *joined) {
      scene.world.post(victim, control::KeyRotate{});
      scene.world.run_for(chance.jitter(milliseconds(20)));
    }
    if (chance.below(2)) {
      scene.world.kill(victim);
    } else {
      scene.world.cut_power(victim);
    }
    scene.world.run_for(chance.jitter(seconds(20)));
    REQUIRE(scene.world.try_start(victim));
    scene.world.run_for(seconds(3));
    const auto* view = scene.world.view(victim, scene.mesh);
    if (joined && *joined) REQUIRE(view);  // what was answered is kept
    if (!view) scene.join(victim, token);  // the same invite, the same identity
    if (before) CHECK(scene.identity(victim) == *before);
    const std::vector<HostIndex> all = {scene.hosts[0], scene.hosts[1], victim};
    scene.agree(all, minutes(1));
    scene.connected(all, minutes(1));
    scene.honest();
  }
}

TEST_CASE("a full disk: what can't be kept is not promised, and works again by itself") {
  Scene scene(17);
  scene.form(2);
  scene.agree(scene.hosts, seconds(1));
  scene.world.disk(scene.hosts[0]).set_broken(true);
  control::InviteCreate wanted;
  const auto id = scene.world.post(scene.hosts[0], wanted);
  scene.world.run_for(seconds(5));
  const auto reply = scene.world.reply(id);
  CHECK((!reply || !*reply));
  scene.world.run_for(minutes(2));
  scene.world.disk(scene.hosts[0]).set_broken(false);
  scene.world.run_for(minutes(2));
  CHECK(scene.world.command(scene.hosts[0], wanted));
  scene.agree(scene.hosts, minutes(1));
  scene.honest();
}

TEST_CASE("a torn or foreign state file is named and never replaced") {
  Scene scene(18);
  scene.form(2);
  scene.world.kill(scene.hosts[1]);
  const Bytes good = *scene.world.disk(scene.hosts[1]).files().state;
  for (const Bytes& bad : {to_bytes(ByteView(good).first(good.size() / 2)), to_bytes("hello"), Bytes{}}) {
    scene.world.disk(scene.hosts[1]).put(node::File::state, bad);
    CHECK_FALSE(scene.world.try_start(scene.hosts[1]));
    scene.world.run_for(seconds(1));
    CHECK(scene.world.disk(scene.hosts[1]).files().state == bad);
  }
  scene.world.disk(scene.hosts[1]).put(node::File::state, good);
  REQUIRE(scene.world.try_start(scene.hosts[1]));
  scene.agree(scene.hosts, minutes(1));
  scene.honest();
}

TEST_CASE("without the cache of members a host finds back, and a broken cache is no harm") {
  Scene scene(19);
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  scene.world.run_for(minutes(1));
  for (const std::optional<Bytes>& cache : {std::optional<Bytes>(), std::optional<Bytes>(to_bytes("rubbish"))}) {
    scene.world.kill(scene.hosts[1]);
    scene.world.disk(scene.hosts[1]).put(node::File::members, cache);
    const auto started = scene.world.try_start(scene.hosts[1]);
    REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
    scene.agree(scene.hosts, minutes(2));
  }
  scene.honest();
}

TEST_CASE("a disk restored from a backup: the host goes on above what it had said meanwhile") {
  Scene scene(20);
  scene.form(3);
  scene.agree(scene.hosts, seconds(1));
  const auto backup = scene.world.disk(scene.hosts[2]).files();
  for (int i = 0; i < 40; ++i) {
    REQUIRE(scene.world.command(scene.hosts[2], control::AliasSet{{}, "name-" + std::to_string(i)}));
  }
  scene.world.run_for(seconds(5));
  scene.world.cut_power(scene.hosts[2]);
  scene.world.disk(scene.hosts[2]).put(node::File::state, backup.state);
  scene.world.disk(scene.hosts[2]).put(node::File::members, backup.members);
  scene.world.start(scene.hosts[2]);
  scene.agree(scene.hosts, minutes(2));
  REQUIRE(scene.world.command(scene.hosts[2], control::AliasSet{{}, "restored"}));
  scene.world.run_for(seconds(10));
  CHECK(scene.member(scene.hosts[0], scene.hosts[2])->alias == "restored");
  scene.agree(scene.hosts, seconds(5));
}

TEST_CASE("a kernel that refuses one operation in five is put right in the end") {
  Scene scene(21);
  scene.hosts = scene.world.add_hosts(3);
  for (const HostIndex host : scene.hosts) scene.world.kernel(host).set_failures(200);
  scene.mesh = *scene.world.create_mesh(scene.hosts[0], "office");
  const std::string token = scene.invite(scene.hosts[0], 2);
  scene.join(scene.hosts[1], token);
  scene.join(scene.hosts[2], token);
  scene.connected(scene.hosts, minutes(5));
  for (const HostIndex host : scene.hosts) scene.world.kernel(host).set_failures(0);
  scene.world.run_for(minutes(1));
  scene.connected(scene.hosts, {});
  scene.at_rest();
  scene.honest();
}

TEST_CASE("tunnels lead from engines to kernels, and a host whose kernel loses or gets WireGuard changes over") {
  Scene scene(25);
  scene.form(4);
  scene.connected(scene.hosts, seconds(10));
  const auto backend_of = [&](std::size_t host) {
    return scene.world.kernel(scene.hosts[host]).state().interfaces.begin()->second.backend;
  };
  const auto shown_by = [&](std::size_t host) { return scene.world.view(scene.hosts[host], scene.mesh)->backend; };
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(backend_of(i) == (i % 2 == 0 ? netstate::Backend::userspace : netstate::Backend::kernel));
    CHECK(shown_by(i) == (i % 2 == 0 ? control::Backend::userspace : control::Backend::kernel));
  }
  // A killed daemon finds the kernel's device as it found the engine's; nothing is made anew.
  const auto index = scene.world.kernel(scene.hosts[1]).state().interfaces.begin()->second.index;
  scene.world.kill(scene.hosts[1]);
  scene.world.start(scene.hosts[1]);
  scene.agree(scene.hosts, seconds(30));
  CHECK(scene.world.kernel(scene.hosts[1]).state().interfaces.begin()->second.index == index);
  // Another kernel was booted on two of them; on the third the daemon alone was started again, and found a module
  // loaded.
  scene.world.cut_power(scene.hosts[1]);
  scene.world.cut_power(scene.hosts[2]);
  scene.world.kill(scene.hosts[0]);
  scene.world.kernel(scene.hosts[1]).set_wireguard(false);
  scene.world.kernel(scene.hosts[2]).set_wireguard(true);
  scene.world.kernel(scene.hosts[0]).set_wireguard(true);
  for (std::size_t i = 0; i < 3; ++i) scene.world.start(scene.hosts[i]);
  scene.agree(scene.hosts, minutes(2));
  scene.connected(scene.hosts, minutes(1));
  CHECK(backend_of(0) == netstate::Backend::kernel);
  CHECK(backend_of(1) == netstate::Backend::userspace);
  CHECK(backend_of(2) == netstate::Backend::kernel);
  scene.at_rest();
  scene.honest();
}

TEST_CASE("what somebody changes by hand is put right, whatever the backend") {
  std::size_t victim = 0;
  SUBCASE("engine") { victim = 2; }
  SUBCASE("kernel") { victim = 1; }
  Scene scene(22);
  scene.form(3);
  scene.connected(scene.hosts, seconds(10));
  auto& kernel = scene.world.kernel(scene.hosts[victim]);
  const std::vector<std::function<void(netstate::Observed&)>> pranks = {
      [](netstate::Observed& state) { state.routes.clear(); },
      [](netstate::Observed& state) { state.interfaces.begin()->second.up = false; },
      [](netstate::Observed& state) { state.interfaces.begin()->second.addresses.clear(); },
      [](netstate::Observed& state) { state.interfaces.begin()->second.device->peers.clear(); },
      [](netstate::Observed& state) { state.interfaces.begin()->second.device.reset(); },
      [](netstate::Observed& state) {
        state.interfaces.clear();
        state.routes.clear();
      },
  };
  for (std::size_t i = 0; i < pranks.size(); ++i) {
    CAPTURE(i);
    scene.world.run_for(seconds(5));
    kernel.meddle(pranks[i]);
    scene.world.run_for(seconds(5));
    scene.connected(scene.hosts, seconds(30));
  }
  scene.at_rest();
  scene.honest();
}

TEST_CASE("a host whose addresses change is found again") {
  Scene scene(23);
  scene.form(3);
  scene.connected(scene.hosts, seconds(10));
  scene.world.renumber(scene.hosts[2]);
  scene.agree(scene.hosts, minutes(3));
  scene.connected(scene.hosts, minutes(3));
  scene.honest();
}

}  // namespace
}  // namespace smeg::sim
