// What members say of themselves and offer.
#include <algorithm>

#include "sim/scene.h"

namespace smeg::sim {
namespace {

Service service(std::string name, std::uint16_t port, std::vector<std::string> texts = {}) {
  return {std::move(name), ServiceProtocol::tcp, port, std::move(texts)};
}

void done(Scene& scene, HostIndex host, const control::Command& command) {
  const auto reply = scene.world.command(host, command);
  REQUIRE_MESSAGE(reply, (reply ? "" : reply.error().message));
}

TEST_CASE("services and descriptions reach all members, outlive a restart, and go when they are taken away") {
  Scene scene(31);
  scene.form(3);
  const HostIndex host = scene.hosts[1];
  const auto as_seen = [&] {
    scene.agree(scene.hosts, seconds(5));
    const auto* seen = scene.member(scene.hosts[2], host);
    REQUIRE(seen);
    return *seen;
  };
  done(scene, host, control::ServiceSet{{}, service("http", 80, {"path=/status"})});
  done(scene, host, control::ServiceSet{{}, service("ssh", 22)});
  done(scene, host, control::SelfChange{{}, "cellar", "the one in the cellar"});
  CHECK(as_seen().services == std::vector{service("http", 80, {"path=/status"}), service("ssh", 22)});
  CHECK(as_seen().description == "the one in the cellar");
  CHECK(as_seen().alias == "cellar");

  done(scene, host, control::ServiceSet{{}, service("http", 8'080)});
  scene.world.kill(host);
  scene.world.run_for(seconds(1));
  scene.world.start(host);
  scene.world.run_for(seconds(5));
  CHECK(as_seen().services == std::vector{service("http", 8'080), service("ssh", 22)});
  CHECK(as_seen().description == "the one in the cellar");

  done(scene, host, control::ServiceRemove{{}, "http"});
  done(scene, host, control::SelfChange{{}, std::nullopt, ""});
  CHECK(as_seen().services == std::vector{service("ssh", 22)});
  CHECK(as_seen().description.empty());
  CHECK(as_seen().alias == "cellar");
  const auto again = scene.world.command(host, control::ServiceRemove{{}, "http"});
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Code::not_found);
  scene.honest();
}

TEST_CASE("a command goes before the configuration, which is there again when it is taken back") {
  Scene scene(32);
  HostOptions options;
  options.config.base.description = "as configured";
  options.config.base.services = {service("http", 80)};
  scene.hosts = {scene.world.add_host(options), scene.world.add_host()};
  for (const HostIndex host : scene.hosts) scene.world.start(host);
  scene.mesh = *scene.world.create_mesh(scene.hosts[0], "office");
  scene.join(scene.hosts[1], scene.invite(scene.hosts[0]));
  const auto as_seen = [&] {
    scene.agree(scene.hosts, seconds(5));
    return *scene.member(scene.hosts[1], scene.hosts[0]);
  };
  CHECK(as_seen().description == "as configured");
  CHECK(as_seen().services == std::vector{service("http", 80)});
  done(scene, scene.hosts[0], control::SelfChange{{}, std::nullopt, "as told"});
  done(scene, scene.hosts[0], control::ServiceSet{{}, service("http", 81)});
  CHECK(as_seen().description == "as told");
  CHECK(as_seen().services == std::vector{service("http", 81)});
  done(scene, scene.hosts[0], control::SelfChange{{}, std::nullopt, ""});
  done(scene, scene.hosts[0], control::ServiceRemove{{}, "http"});
  CHECK(as_seen().description == "as configured");
  CHECK(as_seen().services == std::vector{service("http", 80)});
  const auto configured = scene.world.command(scene.hosts[0], control::ServiceRemove{{}, "http"});
  REQUIRE_FALSE(configured);
  CHECK(configured.error().code == Code::conflict);
  // More than a record takes, together with the configuration's.
  for (std::size_t i = 0; i + 1 < limits::kServicesPerMember; ++i)
    done(scene, scene.hosts[0], control::ServiceSet{{}, service("s" + std::to_string(i), 1)});
  const auto full = scene.world.command(scene.hosts[0], control::ServiceSet{{}, service("more", 1)});
  REQUIRE_FALSE(full);
  CHECK(full.error().code == Code::too_large);
  CHECK(as_seen().services.size() == limits::kServicesPerMember);
  scene.honest();
}

TEST_CASE("small changes, which come to everybody twice, don't slow down large ones") {
  Scene scene(33, {milliseconds(10), milliseconds(20)});
  scene.form(3);
  scene.world.run_for(seconds(30));
  for (const HostIndex host : scene.hosts) {
    done(scene, host, control::SelfChange{{}, "alias-" + std::to_string(host.value), std::nullopt});
    scene.world.run_for(seconds(1));
  }
  std::vector<std::string> texts;
  for (char key = 'a'; key < 'e'; ++key) texts.push_back(key + ('=' + std::string(200, 'x')));
  const Service large = service("http", 80, texts);
  done(scene, scene.hosts[0], control::ServiceSet{{}, large});
  const auto shown = [&] {
    return std::ranges::all_of(scene.hosts, [&](HostIndex host) {
      const auto* member = scene.member(host, scene.hosts[0]);
      return member && !member->services.empty();
    });
  };
  CHECK(scene.world.run_until(shown, milliseconds(200)));  // what is asked for by name alone takes longer than that
  scene.honest();
}

}  // namespace
}  // namespace smeg::sim
