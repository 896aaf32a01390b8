// Guests: announced by their sponsor, known to everyone, gone with it.
#include <algorithm>

#include "sim/scene.h"

namespace smeg::sim {
namespace {

using control::GuestState;

// A key that nobody else has; what it opens is of no interest here.
crypto::WgPublicKey guest_key(std::uint64_t number) {
  SeededKeySource source(900 + number);
  return crypto::wg_public_key(crypto::generate_wg_key(source));
}

struct GuestScene : Scene {
  using Scene::Scene;

  void form(std::size_t count) {
    Scene::form(count);
    agree(hosts, seconds(10));
    connected(hosts, seconds(10));
  }
  Result<control::Reply> add(HostIndex sponsor, const std::string& name, const crypto::WgPublicKey& key) {
    return world.command(sponsor, control::GuestAdd{{}, name, key, {}});
  }
  control::GuestConfig added(HostIndex sponsor, const std::string& name, const crypto::WgPublicKey& key) {
    const auto reply = add(sponsor, name, key);
    REQUIRE_MESSAGE(reply, (reply ? "" : reply.error().message));
    return std::get<control::GuestConfig>(*reply);
  }
  Code refusal(HostIndex sponsor, const std::string& name, const crypto::WgPublicKey& key) {
    const auto reply = add(sponsor, name, key);
    REQUIRE_FALSE(reply);
    CHECK_FALSE(reply.error().message.empty());
    return reply.error().code;
  }
  // As one host shows them: "name state", in its order.
  std::vector<std::string> shown(HostIndex host) {
    std::vector<std::string> out;
    const control::MeshView* view = world.view(host, mesh);
    if (!view) return out;
    for (const auto& guest : view->guests) out.push_back(guest.name + " " + std::string(control::name(guest.state)));
    return out;
  }
  // All of them show these, and their tunnels are as they should be.
  void settled(const std::vector<HostIndex>& among, const std::vector<std::string>& guests, Duration within) {
    const auto wrong = [&]() -> std::string {
      for (const HostIndex host : among)
        if (shown(host) != guests) return world.name(host) + " shows other guests";
      return misled(world, mesh, among);
    };
    world.run_until([&] { return wrong().empty(); }, within);
    CHECK_MESSAGE(wrong().empty(), wrong());
  }
  const netstate::ObservedDevice& device(HostIndex host) {
    return *world.kernel(host).state().interfaces.begin()->second.device;
  }
};

TEST_CASE("a guest is known to every member within seconds, and gone as fast") {
  GuestScene scene(61);
  scene.form(4);
  const HostIndex sponsor = scene.hosts[1];
  const auto config = scene.added(sponsor, "phone", guest_key(1));
  CHECK(config.address == addr::guest_address(scene.mesh, scene.identity(sponsor), guest_key(1)));
  CHECK(config.prefix == addr::mesh_prefix(scene.mesh));
  CHECK(config.sponsor_key == crypto::wg_public_key(scene.device(sponsor).private_key));
  CHECK(config.endpoint.port == scene.device(sponsor).listen_port);
  scene.settled(scene.hosts, {"phone active"}, seconds(3));
  const netstate::ObservedPeer& peer = scene.device(sponsor).peers.at(guest_key(1));
  CHECK(peer.preshared_key == config.preshared_key);
  CHECK_FALSE(config.preshared_key.is_zero());
  CHECK_FALSE(peer.endpoint);
  const auto again = scene.world.command(sponsor, control::GuestShow{{}, "phone", *addr::HostPort::parse("gate")});
  REQUIRE(again);
  CHECK(std::get<control::GuestConfig>(*again).endpoint.to_string() ==
        "gate:" + std::to_string(scene.device(sponsor).listen_port));
  CHECK(std::get<control::GuestConfig>(*again).preshared_key == config.preshared_key);
  scene.agree(scene.hosts, seconds(1));
  scene.at_rest();
  REQUIRE(scene.world.command(sponsor, control::GuestRemove{{}, "phone"}));
  scene.settled(scene.hosts, {}, seconds(3));
  scene.at_rest();
  scene.honest();
}

TEST_CASE("guests come back with their sponsor, killed or cut off, and keep their secrets") {
  GuestScene scene(62);
  scene.form(3);
  const HostIndex sponsor = scene.hosts[2];
  const auto phone = scene.added(sponsor, "phone", guest_key(1));
  const auto router = scene.added(sponsor, "router", guest_key(2));
  const std::vector<std::string> both = {"phone active", "router active"};
  scene.settled(scene.hosts, both, seconds(3));
  scene.world.kill(sponsor);
  CHECK(scene.device(sponsor).peers.contains(guest_key(1)));  // packets flow on
  scene.world.run_for(seconds(20));
  scene.world.start(sponsor);
  scene.settled(scene.hosts, both, seconds(20));
  scene.world.cut_power(sponsor);
  scene.world.run_for(minutes(2));
  CHECK(scene.shown(scene.hosts[0]) == both);  // a silent sponsor is still one
  scene.world.start(sponsor);
  scene.agree(scene.hosts, minutes(1));
  scene.settled(scene.hosts, both, seconds(20));
  CHECK(scene.device(sponsor).peers.at(guest_key(1)).preshared_key == phone.preshared_key);
  CHECK(scene.device(sponsor).peers.at(guest_key(2)).preshared_key == router.preshared_key);
  scene.honest();
}

TEST_CASE("killed or cut off at any moment of adding and removing, a sponsor keeps what it answered") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    GuestScene scene(6'000 + seed);
    scene.form(3);
    const HostIndex sponsor = scene.hosts[1];
    scene.added(sponsor, "old", guest_key(1));
    SeededRng chance(seed);
    const auto adding = scene.world.post(sponsor, control::GuestAdd{{}, "new", guest_key(2), {}});
    const auto removing = scene.world.post(sponsor, control::GuestRemove{{}, "old"});
    scene.world.run_for(chance.jitter(milliseconds(30)));
    const bool added = scene.world.reply(adding).has_value();
    const bool removed = scene.world.reply(removing).has_value();
    if (chance.below(2)) {
      scene.world.kill(sponsor);
    } else {
      scene.world.cut_power(sponsor);
    }
    scene.world.run_for(chance.jitter(seconds(10)));
    REQUIRE(scene.world.try_start(sponsor));
    scene.agree(scene.hosts, minutes(1));
    scene.world.run_for(seconds(15));
    const auto now = scene.shown(sponsor);
    if (added) CHECK(std::ranges::count(now, "new active") == 1);
    if (removed) CHECK(std::ranges::count(now, "old active") == 0);
    scene.settled(scene.hosts, now, seconds(20));
    scene.honest();
  }
}

TEST_CASE("the guests of a member that leaves, or is revoked, are gone with it") {
  for (const bool leaves : {true, false}) {
    CAPTURE(leaves);
    GuestScene scene(63);
    scene.form(4);
    scene.added(scene.hosts[3], "phone", guest_key(1));
    scene.added(scene.hosts[1], "router", guest_key(2));
    const auto rest = without(scene.hosts, scene.hosts[3]);
    scene.world.run_for(seconds(3));
    CHECK(scene.shown(scene.hosts[0]).size() == 2);
    if (leaves) {
      REQUIRE(scene.world.command(scene.hosts[3], control::MeshLeave{}));
    } else {
      const std::string identity = control::to_text(scene.identity(scene.hosts[3]));
      REQUIRE(scene.world.command(scene.hosts[0], control::MemberRevoke{{}, {identity}, false}));
    }
    scene.settled(rest, {"router active"}, seconds(10));
    scene.honest();
  }
}

TEST_CASE("the tunnel of a sponsor that goes offline goes, and comes back with its guests") {
  GuestScene scene(64);
  scene.form(3);
  scene.added(scene.hosts[2], "phone", guest_key(1));
  const auto rest = without(scene.hosts, scene.hosts[2]);
  scene.settled(scene.hosts, {"phone active"}, seconds(3));
  REQUIRE(scene.world.stop(scene.hosts[2]));
  CHECK(residue(scene.world, scene.hosts[2]).empty());
  scene.world.run_for(seconds(2));
  scene.settled(rest, {"phone active"}, seconds(10));
  for (const HostIndex host : rest) CHECK(scene.device(host).peers.size() == 1);
  scene.world.start(scene.hosts[2]);
  scene.agree(scene.hosts, minutes(1));
  scene.settled(scene.hosts, {"phone active"}, seconds(20));
  scene.honest();
}

TEST_CASE("members who were away hear of guests that came and went meanwhile") {
  GuestScene scene(65);
  scene.form(4);
  scene.added(scene.hosts[0], "first", guest_key(1));
  scene.settled(scene.hosts, {"first active"}, seconds(3));
  scene.world.network().partition({{scene.hosts[0], scene.hosts[1]}, {scene.hosts[2], scene.hosts[3]}});
  REQUIRE(scene.world.command(scene.hosts[0], control::GuestRemove{{}, "first"}));
  scene.added(scene.hosts[0], "second", guest_key(2));
  scene.world.run_for(minutes(1));
  CHECK(scene.shown(scene.hosts[3]) == std::vector<std::string>{"first active"});
  scene.world.network().heal();
  scene.agree(scene.hosts, minutes(3));
  scene.settled(scene.hosts, {"second active"}, seconds(20));
  scene.honest();
}

TEST_CASE("a guest that has a member's key is as if it were not there, on every host alike") {
  GuestScene scene(66);
  scene.form(3);
  // While they are apart, a member takes a new key, and the same one is given to a guest by who can't know.
  scene.world.network().partition({{scene.hosts[0], scene.hosts[1]}, {scene.hosts[2]}});
  const auto rotated = scene.world.command(scene.hosts[2], control::KeyRotate{});
  REQUIRE(rotated);
  const crypto::WgPublicKey key = std::get<control::KeyRotated>(*rotated).key;
  scene.added(scene.hosts[0], "copy", key);
  scene.settled({scene.hosts[0], scene.hosts[1]}, {"copy active"}, seconds(5));
  scene.world.network().heal();
  scene.agree(scene.hosts, minutes(3));
  scene.settled(scene.hosts, {"copy key-taken"}, seconds(20));
  scene.connected(scene.hosts, seconds(20));
  // A restart changes nothing about it.
  scene.world.kill(scene.hosts[0]);
  scene.world.start(scene.hosts[0]);
  scene.agree(scene.hosts, minutes(1));
  scene.settled(scene.hosts, {"copy key-taken"}, seconds(20));
  // The member has another key again: the guest is one.
  REQUIRE(scene.world.command(scene.hosts[2], control::KeyRotate{}));
  scene.settled(scene.hosts, {"copy active"}, seconds(20));
  scene.honest();
}

TEST_CASE("one key may be a guest of two members, at two addresses") {
  GuestScene scene(67);
  scene.form(3);
  const auto first = scene.added(scene.hosts[0], "phone", guest_key(1));
  const auto second = scene.added(scene.hosts[1], "phone", guest_key(1));
  CHECK(first.address != second.address);
  scene.settled(scene.hosts, {"phone active", "phone active"}, seconds(5));
  scene.honest();
}

TEST_CASE("what can't be a guest is refused with a reason, and changes nothing") {
  GuestScene scene(68);
  scene.form(2);
  const HostIndex sponsor = scene.hosts[0];
  scene.added(sponsor, "phone", guest_key(1));
  CHECK(scene.refusal(sponsor, "phone", guest_key(2)) == Code::exists);
  CHECK(scene.refusal(sponsor, "other", guest_key(1)) == Code::exists);
  CHECK(scene.refusal(sponsor, "other", {}) == Code::invalid);
  for (const HostIndex host : scene.hosts)
    CHECK(scene.refusal(sponsor, "other", crypto::wg_public_key(scene.device(host).private_key)) == Code::conflict);
  const auto nobody = scene.world.command(sponsor, control::GuestRemove{{}, "nobody"});
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Code::not_found);
  CHECK_FALSE(scene.world.command(scene.hosts[1], control::GuestRemove{{}, "phone"}));  // not its guest
  scene.settled(scene.hosts, {"phone active"}, seconds(3));

  for (std::size_t i = 1; i < limits::kGuestsPerMember; ++i)
    scene.added(sponsor, "g" + std::to_string(i), guest_key(1 + i));
  CHECK(scene.refusal(sponsor, "more", guest_key(99)) == Code::too_large);
  scene.world.run_for(seconds(5));
  CHECK(scene.shown(scene.hosts[1]).size() == limits::kGuestsPerMember);
  CHECK(misled(scene.world, scene.mesh, scene.hosts).empty());
  scene.honest();
}

TEST_CASE("a host without tunnels, and one that nobody can reach, sponsor nobody") {
  Scene scene(69);
  config::Config stub;
  stub.backend = config::Backend::stub;
  config::Config client;
  client.base.role = Role::client;
  scene.hosts = {scene.world.add_host({.name = "stub", .config = stub}),
                 scene.world.add_host({.name = "client", .config = client})};
  for (const HostIndex host : scene.hosts) {
    scene.world.start(host);
    REQUIRE(scene.world.create_mesh(host, "alone"));
    scene.world.run_for(seconds(3));
  }
  const auto on_stub = scene.world.command(scene.hosts[0], control::GuestAdd{{}, "phone", guest_key(1), {}});
  REQUIRE_FALSE(on_stub);
  CHECK(on_stub.error().code == Code::unsupported);
  const auto on_client = scene.world.command(scene.hosts[1], control::GuestAdd{{}, "phone", guest_key(1), {}});
  REQUIRE_FALSE(on_client);
  CHECK(on_client.error().code == Code::unavailable);
  CHECK(on_client.error().hint.find("--endpoint") != std::string::npos);
  const auto told = scene.world.command(
      scene.hosts[1], control::GuestAdd{{}, "phone", guest_key(1), *addr::HostPort::parse("gate.example:5")});
  REQUIRE(told);
  CHECK(std::get<control::GuestConfig>(*told).endpoint.to_string() == "gate.example:5");
  scene.honest();
}

TEST_CASE("a key that guests know is not rotated by mistake") {
  GuestScene scene(70);
  scene.form(2);
  const HostIndex sponsor = scene.hosts[0];
  scene.added(sponsor, "phone", guest_key(1));
  const auto refused = scene.world.command(sponsor, control::KeyRotate{});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().message.find("phone") != std::string::npos);
  const auto rotated = scene.world.command(sponsor, control::KeyRotate{{}, true});
  REQUIRE(rotated);
  const auto anew = scene.world.command(sponsor, control::GuestShow{{}, "phone", {}});
  REQUIRE(anew);
  CHECK(std::get<control::GuestConfig>(*anew).sponsor_key == std::get<control::KeyRotated>(*rotated).key);
  scene.settled(scene.hosts, {"phone active"}, seconds(5));
  scene.honest();
}

}  // namespace
}  // namespace smeg::sim
