#include "config/changes.h"

#include <doctest/doctest.h>

#include "config/config.h"

namespace smeg::config {
namespace {

using Keys = std::vector<std::string>;

Config parsed(const std::string& text) {
  auto config = parse(text);
  REQUIRE(config);
  return *std::move(config);
}

TEST_CASE("what is the same changes nothing") {
  const Config config = parsed("mtu: 1400\nmeshes: [{name: a, create: true, weight: 2}]");
  const Changes none = changes_between(config, config);
  CHECK(none.live.empty());
  CHECK(none.waiting.empty());
  CHECK(applied(config, config) == config);
}

TEST_CASE("what waits for a start stays as it was, all else is applied") {
  const Config before = parsed("gRPCPort: 1\nlogLevel: info\nbaseConfiguration: {weight: 1}");
  const Config after = parsed(
      "gRPCPort: 2\nbackend: stub\nheartbeatInterval: 5\nlogLevel: debug\nmtu: 1300\npullInterval: 60\n"
      "baseConfiguration: {weight: 3, description: x, services: [{name: a, port: 1}], useDefault: true}");
  const Changes changes = changes_between(before, after);
  CHECK(changes.waiting == Keys{"gRPCPort", "heartbeatInterval", "backend"});
  CHECK(changes.live == Keys{"pullInterval", "logLevel", "mtu", "baseConfiguration.useDefault",
                             "baseConfiguration.weight", "baseConfiguration.description",
                             "baseConfiguration.services"});
  const Config now = applied(before, after);
  CHECK(now.control_port == 1);
  CHECK(now.backend == Backend::automatic);
  CHECK(now.log_level == LogLevel::debug);
  CHECK(now.base == after.base);
  // Once the rest is as it was, nothing is left but what waits.
  CHECK(changes_between(now, after).live.empty());
  CHECK(changes_between(now, after).waiting == changes.waiting);
}

TEST_CASE("keys that have no effect are named apart, once") {
  const Config before = parsed("branch: 3\nlogLevel: info");
  const Config after = parsed("branch: 4\ninfectionCount: 5\nlogLevel: debug");
  const Changes changes = changes_between(before, after);
  CHECK(changes.idle == Keys{"branch", "infectionCount"});
  CHECK(changes.waiting.empty());
  CHECK(changes.live == Keys{"logLevel"});
  CHECK(applied(before, after) == after);
}

TEST_CASE("when another value takes effect") {
  CHECK(takes_effect("mtu") == TakesEffect::on_reload);
  CHECK(takes_effect("gRPCPort") == TakesEffect::on_start);
  CHECK(takes_effect("listen[0]") == TakesEffect::on_start);
  CHECK(takes_effect("clusterSize") == TakesEffect::never);
  CHECK(takes_effect("baseConfiguration.role") == TakesEffect::on_reload);
  CHECK(takes_effect("meshes[0].services[1].port") == TakesEffect::on_reload);
}

TEST_CASE("meshes come, go and change by their names") {
  const Config before = parsed("meshes: [{name: a, create: true}, {name: b, tokenFile: /t}, {name: c, create: true}]");
  const Config after = parsed(
      "meshes: [{name: b, tokenFile: /t, via: gate, cost: 5}, {name: a, create: true}, {name: d, create: true}]");
  CHECK(changes_between(before, after).live == Keys{"meshes[b].via", "meshes[b].cost", "meshes[d]", "meshes[c]"});
}

// Every field of Config is one of the keys: a configuration that differs in all of them has them all named.
TEST_CASE("no key is forgotten") {
  const Config other = parsed(R"(
gRPCPort: 1
listen: ["::1"]
timeout: 11
heartbeatInterval: 3
syncInterval: 2
pullInterval: 31
clusterSize: 65
interClusterChance: 0.5
branch: 4
infectionCount: 4
logLevel: error
backend: stub
interfacePrefix: other
mtu: 1300
stateDirectory: /other
controlSocket: /other.sock
baseConfiguration:
  ipDiscovery: public
  publicEndpoint: gate
  role: client
  keepAliveWg: 25
  advertiseRoute: true
  advertiseDefaults: true
  useDefault: true
  advertisePrefixes: ["2001:db8::/64"]
  acceptRoutes: ["2001:db8::/32"]
  weight: 2
  cost: 3
  preUp: /a
  postUp: /b
  preDown: /c
  postDown: /d
  description: x
  services: [{name: a, port: 1}]
)");
  const Changes changes = changes_between(Config{}, other);
  CHECK(changes.live.size() + changes.waiting.size() + changes.idle.size() == 33);
  // What is applied, and what waits, is together the whole of it.
  Config all = applied(Config{}, other);
  CHECK(changes_between(all, other).waiting == changes.waiting);
  CHECK(applied(other, all) == other);
  CHECK(applied(other, Config{}).control_port == 1);
}

}  // namespace
}  // namespace smeg::config
