#include "config/render.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace smeg;
using namespace smeg::config;

namespace {

constexpr const char* kEverything = R"(
gRPCPort: 5
listen: ["192.0.2.1", "2001:db8::1"]
timeout: 1500ms
heartbeatInterval: 3
syncInterval: 20ms
pullInterval: 0
clusterSize: 7
interClusterChance: 0.3
branch: 2
infectionCount: 9
logLevel: error
backend: kernel
interfacePrefix: on
mtu: 1400
stateDirectory: "/var/lib/a b: \"c\" #d"
controlSocket: /run/x.sock
baseConfiguration:
  ipDiscovery: public
  publicEndpoint: gate.example.org:5
  role: client
  keepAliveWg: 25
  advertiseRoute: true
  advertiseDefaults: true
  useDefault: true
  advertisePrefixes: [2001:db8:1::/48, 2001:db8:2::/48]
  acceptRoutes: 2001:db8:3::/48
  weight: 5
  cost: 6
  description: "on: off"
  services: [{name: http, port: 80, text: ["a=b", "c=d, e"]}, {name: dns, port: 53, protocol: udp}]
  preUp: /bin/a secret
  postUp: [/bin/b, "x y", "null", "1"]
  preDown: /bin/c
  postDown: /bin/d
meshes:
  - {name: office, tokenFile: /etc/token, via: [a, "b:1"], role: peer}
  - {name: lab, create: true}
)";

Config parsed(const std::string& text) {
  const auto config = parse(text);
  if (!config) MESSAGE(to_string(config.error(), "text"));
  REQUIRE(config);
  return *config;
}

}  // namespace

TEST_CASE("what is written reads as it was") {
  CHECK(parsed(to_yaml(Config{})) == Config{});
  const Config everything = parsed(kEverything);
  CHECK(parsed(to_yaml(everything)) == everything);
}

TEST_CASE("arguments of hooks may be left out: there may be a secret in them") {
  const std::string text = to_yaml(parsed(kEverything), true);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(text.find("preUp: [\"/bin/a\", \"...\"]") != std::string::npos);
  CHECK(text.find("preDown: [\"/bin/c\"]") != std::string::npos);
}

TEST_CASE("differences name each field") {
  CHECK(differences(Config{}, Config{}).empty());
  const Config everything = parsed(kEverything);
  CHECK(differences(everything, everything).empty());
  const Config changed =
      parsed("mtu: 1400\nbaseConfiguration: {publicEndpoint: gate:5}\nmeshes: [{name: a, create: true}]\n");
  const auto found = differences(Config{}, changed);
  REQUIRE(found.size() > 3);
  CHECK(found[0].field == "mtu");
  CHECK(found[0].before == "1420");
  CHECK(found[0].after == "1400");
  CHECK(found[1].field == "baseConfiguration.publicEndpoint");
  CHECK(found[1].before.empty());
  CHECK(found[2].field == "meshes[0].name");
  const auto back = differences(changed, Config{});
  CHECK(back.size() == found.size());
  CHECK(back[1].field == "baseConfiguration.publicEndpoint");
  CHECK(back[1].after.empty());
}

TEST_CASE("what an entry has other than baseConfiguration stays so") {
  const Config config = parsed(
      "baseConfiguration: {description: x, services: [{name: http, port: 80}], advertisePrefixes: [2001:db8::/48]}\n"
      "meshes: [{name: a, create: true, description: \"\", services: [], advertisePrefixes: []}]\n");
  CHECK(config.meshes[0].base.services.empty());
  CHECK(config.meshes[0].base.advertise_prefixes.empty());
  CHECK(parsed(to_yaml(config)) == config);
}

TEST_CASE("the example is valid, and says the defaults") {
  std::ifstream file(SMEG_EXAMPLES "/configuration.yaml");
  CHECK(parsed({std::istreambuf_iterator<char>(file), {}}) == Config{});
}

TEST_CASE("every key of the configuration is written") {
  // What is not at its default shows: a key that the writer forgot would read as its default.
  CHECK(differences(Config{}, parsed(kEverything)).size() > 40);
}
