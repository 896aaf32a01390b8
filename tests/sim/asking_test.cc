// Hosts that ask to be let in without an invite, and daemons that are turned off and on.
#include "sim/scene.h"

namespace smeg::sim {
namespace {

using control::MeshState;

addr::HostPort place_of(Scene& scene, HostIndex host) {
  addr::HostPort out;
  out.address = scene.world.network().place(host).v6;
  return out;
}

control::Reply done(Scene& scene, HostIndex host, const control::Command& command) {
  const auto reply = scene.world.command(host, command);
  REQUIRE_MESSAGE(reply, (reply ? "" : reply.error().message));
  return *reply;
}

control::MeshAsk ask_of(Scene& scene, HostIndex via) {
  return {.mesh = scene.mesh, .vias = {place_of(scene, via)}, .name = {}, .note = "the new one", .options = {}};
}

std::optional<MeshState> state_of(Scene& scene, HostIndex host) {
  const control::MeshView* view = scene.world.view(host, scene.mesh);
  return view ? std::optional(view->state) : std::nullopt;
}

std::size_t waiting(Scene& scene, HostIndex host) { return scene.world.view(host, scene.mesh)->requests.size(); }

TEST_CASE("a host that knows the mesh's id alone asks, is seen by its fingerprint, and let in") {
  Scene scene(41);
  scene.form(2);
  const HostIndex asking = scene.add();
  const auto asked = std::get<control::MeshAsked>(done(scene, asking, ask_of(scene, scene.hosts[0])));
  REQUIRE(scene.world.run_until([&] { return waiting(scene, scene.hosts[0]) == 1; }, seconds(5)));
  const control::RequestView request = scene.world.view(scene.hosts[0], scene.mesh)->requests[0];
  CHECK(request.public_key == asked.public_key);
  CHECK(request.note == "the new one");
  CHECK(state_of(scene, asking) == MeshState::joining);
  CHECK(waiting(scene, scene.hosts[1]) == 0);
  scene.world.run_for(minutes(10));  // nobody decides: it goes on asking, and is one request
  CHECK(waiting(scene, scene.hosts[0]) == 1);
  CHECK(scene.world.view(scene.hosts[0], scene.mesh)->requests[0].since == request.since);
  done(scene, scene.hosts[0], control::MemberAdmit{{}, control::fingerprint(asked.public_key).substr(0, 6)});
  CHECK(waiting(scene, scene.hosts[0]) == 0);
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::active; }, minutes(2)));
  scene.hosts.push_back(asking);
  scene.agree(scene.hosts, seconds(5));
  scene.connected(scene.hosts, seconds(5));
  scene.honest();
}

TEST_CASE("both may restart while nobody has decided, and the asked one before the asking one has heard of it") {
  Scene scene(42);
  scene.form(1);
  const HostIndex asking = scene.add();
  const auto asked = std::get<control::MeshAsked>(done(scene, asking, ask_of(scene, scene.hosts[0])));
  for (const HostIndex host : {scene.hosts[0], asking}) {
    scene.world.run_for(seconds(3));
    scene.world.kill(host);
    scene.world.run_for(seconds(3));
    scene.world.start(host);
  }
  REQUIRE(scene.world.run_until([&] { return waiting(scene, scene.hosts[0]) == 1; }, minutes(2)));
  scene.world.kill(asking);
  done(scene, scene.hosts[0], control::MemberAdmit{{}, control::to_text(asked.public_key)});
  scene.world.kill(scene.hosts[0]);
  scene.world.start(scene.hosts[0]);
  scene.world.start(asking);
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::active; }, minutes(2)));
  scene.agree({scene.hosts[0], asking}, seconds(5));
  scene.honest();
}

TEST_CASE("one that is refused is told, once and for a while, and may leave it at that") {
  Scene scene(43);
  scene.form(1);
  const HostIndex asking = scene.add();
  const auto asked = std::get<control::MeshAsked>(done(scene, asking, ask_of(scene, scene.hosts[0])));
  REQUIRE(scene.world.run_until([&] { return waiting(scene, scene.hosts[0]) == 1; }, seconds(5)));
  done(scene, scene.hosts[0], control::MemberRefuse{{}, control::fingerprint(asked.public_key)});
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::refused; }, minutes(2)));
  scene.world.kill(asking);
  scene.world.start(asking);
  scene.world.run_for(minutes(3));
  CHECK(state_of(scene, asking) == MeshState::refused);
  CHECK(waiting(scene, scene.hosts[0]) == 0);
  done(scene, asking, ask_of(scene, scene.hosts[0]));  // too early
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::refused; }, seconds(30)));
  done(scene, asking, control::MeshLeave{{control::to_text(scene.mesh)}});
  CHECK_FALSE(state_of(scene, asking));
  scene.world.run_for(limits::kJoinRequestLife);
  done(scene, asking, ask_of(scene, scene.hosts[0]));
  CHECK(scene.world.run_until([&] { return waiting(scene, scene.hosts[0]) == 1; }, seconds(30)));
  scene.honest();
}

TEST_CASE("a member that may not admit says so, and one that was removed may ask again") {
  Scene scene(44);
  scene.form(2);
  const HostIndex asking = scene.add();
  done(scene, asking, ask_of(scene, scene.hosts[1]));
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::refused; }, seconds(30)));
  const auto asked = std::get<control::MeshAsked>(done(scene, asking, ask_of(scene, scene.hosts[0])));
  REQUIRE(scene.world.run_until([&] { return waiting(scene, scene.hosts[0]) == 1; }, seconds(30)));
  done(scene, scene.hosts[0], control::MemberAdmit{{}, control::fingerprint(asked.public_key), Role::client});
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::active; }, minutes(2)));
  scene.agree({scene.hosts[0], scene.hosts[1], asking}, seconds(5));
  CHECK(scene.member(scene.hosts[1], asking)->role == Role::client);
  done(scene, scene.hosts[0], control::MemberRevoke{{}, {control::to_text(asked.public_key)}});
  scene.agree(scene.hosts, seconds(5));
  scene.world.run_for(seconds(10));
  done(scene, asking, control::MeshLeave{});
  done(scene, asking, ask_of(scene, scene.hosts[0]));
  REQUIRE(scene.world.run_until([&] { return waiting(scene, scene.hosts[0]) == 1; }, seconds(30)));
  done(scene, scene.hosts[0], control::MemberAdmit{{}, control::fingerprint(asked.public_key)});
  REQUIRE(scene.world.run_until([&] { return state_of(scene, asking) == MeshState::active; }, minutes(2)));
  scene.agree({scene.hosts[0], scene.hosts[1], asking}, seconds(5));
  scene.honest();
}

TEST_CASE("a host that is turned off leaves nothing behind, is offline to others, and is back when it is turned on") {
  Scene scene(45);
  scene.form(3);
  scene.connected(scene.hosts, seconds(10));
  const HostIndex host = scene.hosts[1];
  done(scene, host, control::DaemonUp{false});
  scene.world.run_for(seconds(5));
  CHECK(residue(scene.world, host).empty());
  CHECK(state_of(scene, host) == MeshState::down);
  CHECK(scene.world.snapshot(host)->daemon.down);
  CHECK(scene.member(scene.hosts[2], host)->state == control::MemberState::offline);
  scene.world.kill(host);
  scene.world.start(host);
  scene.world.run_for(minutes(2));
  CHECK(residue(scene.world, host).empty());
  CHECK(state_of(scene, host) == MeshState::down);
  CHECK(scene.member(scene.hosts[2], host)->state == control::MemberState::offline);
  done(scene, host, control::DaemonUp{true});
  scene.agree(scene.hosts, seconds(30));
  scene.connected(scene.hosts, seconds(30));
  CHECK(state_of(scene, host) == MeshState::active);
  CHECK(scene.member(scene.hosts[2], host)->state == control::MemberState::alive);
  // And without a restart between.
  done(scene, host, control::DaemonUp{false});
  scene.world.run_for(minutes(5));
  done(scene, host, control::DaemonUp{true});
  scene.agree(scene.hosts, seconds(30));
  scene.connected(scene.hosts, seconds(30));
  scene.honest();
}

TEST_CASE("a reload applies what needs no restart, and names the rest") {
  Scene scene(46);
  scene.form(2);
  const HostIndex host = scene.hosts[0];
  config::Config& config = scene.world.configuration(host);
  const auto entry = [](const std::string& name) {
    config::MeshEntry out;
    out.name = name;
    out.create = true;
    return out;
  };
  config.base.description = "as configured now";
  config.heartbeat_interval = seconds(7);
  config.meshes = {entry("lab")};
  config.branch += 1;
  const auto effect_of = [&](std::string_view field) -> std::optional<control::TakesEffect> {
    const auto told = std::get<control::ConfigDiffered>(done(scene, host, control::DaemonConfigDiff{}));
    const auto at = std::ranges::find(told.changes, field, &control::ConfigChange::field);
    return at == told.changes.end() ? std::nullopt : std::optional(at->takes_effect);
  };
  const auto shown = [&] { return std::get<control::ConfigShown>(done(scene, host, control::DaemonConfig{})).yaml; };
  CHECK(effect_of("baseConfiguration.description") == control::TakesEffect::on_reload);
  CHECK(effect_of("heartbeatInterval") == control::TakesEffect::on_start);
  CHECK(effect_of("branch") == control::TakesEffect::never);
  CHECK(shown().find("as configured now") == std::string::npos);
  const auto reloaded = std::get<control::Reloaded>(done(scene, host, control::DaemonReload{}));
  CHECK(reloaded.applied == std::vector<std::string>{"baseConfiguration.description", "meshes[lab]"});
  CHECK(reloaded.waiting == std::vector<std::string>{"heartbeatInterval"});
  CHECK(reloaded.ignored == std::vector<std::string>{"branch"});
  CHECK(shown().find("as configured now") != std::string::npos);
  CHECK_FALSE(effect_of("baseConfiguration.description").has_value());
  CHECK(effect_of("heartbeatInterval") == control::TakesEffect::on_start);
  scene.agree(scene.hosts, seconds(5));
  CHECK(scene.member(scene.hosts[1], host)->description == "as configured now");
  CHECK(scene.world.snapshot(host)->meshes.size() == 2);
  const auto again = std::get<control::Reloaded>(done(scene, host, control::DaemonReload{}));
  CHECK(again.applied.empty());
  CHECK(again.waiting == reloaded.waiting);
  scene.honest();
}

}  // namespace
}  // namespace smeg::sim
