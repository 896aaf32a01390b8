#include <doctest/doctest.h>

#include <algorithm>

#include "config/config.h"

using namespace smeg;
using namespace smeg::config;
using namespace std::chrono_literals;

namespace {

Config good(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed) FAIL(to_string(parsed.error(), "f"));
  return *parsed;
}

// All problems, as an operator sees them.
std::string bad(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "accepted" : to_string(parsed.error(), "f");
}

bool has(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE(text);
  return false;
}

}  // namespace

TEST_CASE("an empty file is a valid configuration, with the documented defaults") {
  CHECK(good("") == Config{});
  CHECK(good("# nothing but a comment\n") == Config{});
  CHECK(good("---\n") == Config{});
  CHECK(good("gRPCPort:\nmeshes:\nbaseConfiguration:\n") == Config{});
  const Config defaults;
  CHECK(defaults.control_port == 21'910);
  CHECK(defaults.heartbeat_interval == 2s);
  CHECK(defaults.listen == std::vector{addr::IpAddress()});
  CHECK(defaults.interface_prefix == "smeg");
  CHECK(defaults.mtu == 1'420);
  CHECK(defaults.state_directory == "/var/lib/smegmesh");
  CHECK(defaults.control_socket == "/run/smegmesh/control.sock");
}

TEST_CASE("every key arrives where it belongs") {
  const Config config = good(R"(
gRPCPort: 4000
listen: [192.0.2.1, "2001:db8::1"]
timeout: 5
heartbeatInterval: 500ms
syncInterval: 2s
pullInterval: 1m
clusterSize: 32
interClusterChance: 0.25
branch: 4
infectionCount: 5
logLevel: debug
backend: userspace
interfacePrefix: wgm
mtu: 1380
stateDirectory: /srv/smeg
controlSocket: /srv/smeg.sock
baseConfiguration:
  ipDiscovery: public
  publicEndpoint: Gate.example.org:4000
  role: client
  keepAliveWg: 25
meshes:
  - name: office
    create: true
  - name: home
    tokenFile: /etc/smegd/home.token
    via: [192.0.2.9:4000, gate]
    role: peer
    keepAliveWg: 0
)");
  CHECK(config.control_port == 4000);
  CHECK(config.listen == std::vector{*addr::IpAddress::parse("192.0.2.1"), *addr::IpAddress::parse("2001:db8::1")});
  CHECK(config.timeout == 5s);
  CHECK(config.heartbeat_interval == 500ms);
  CHECK(config.sync_interval == 2s);
  CHECK(config.pull_interval == 60s);
  CHECK(config.cluster_size == 32);
  CHECK(config.inter_cluster_chance == 0.25);
  CHECK(config.branch == 4);
  CHECK(config.infection_count == 5);
  CHECK(config.log_level == LogLevel::debug);
  CHECK(config.backend == Backend::userspace);
  CHECK(config.interface_prefix == "wgm");
  CHECK(config.mtu == 1'380);
  CHECK(config.state_directory == "/srv/smeg");
  CHECK(config.control_socket == "/srv/smeg.sock");
  CHECK(config.base.ip_discovery == IpDiscovery::public_address);
  CHECK(config.base.public_endpoint == *addr::HostPort::parse("gate.example.org:4000"));
  CHECK(config.base.role == Role::client);
  CHECK(config.base.keepalive == 25s);
  REQUIRE(config.meshes.size() == 2);
  CHECK(config.meshes[0].name == "office");
  CHECK(config.meshes[0].create);
  CHECK(config.meshes[0].base == config.base);
  CHECK(config.meshes[1].token_file == "/etc/smegd/home.token");
  CHECK(config.meshes[1].via == std::vector{*addr::HostPort::parse("192.0.2.9:4000"), *addr::HostPort::parse("gate")});
  CHECK(config.meshes[1].base.role == Role::peer);
  CHECK(config.meshes[1].base.keepalive == 0s);
  CHECK(config.meshes[1].base.ip_discovery == IpDiscovery::public_address);
}

TEST_CASE("the order of keys does not matter") {
  const Config config = good("meshes: [{name: a, create: true}]\nbaseConfiguration: {role: client}\n");
  CHECK(config.meshes.at(0).base.role == Role::client);
}

TEST_CASE("hooks are a program and its arguments, of which no shell makes anything") {
  const Config config = good(
      "baseConfiguration:\n  postUp: /bin/say  up now\n  preDown: [/bin/say, '$HOME; a b']\n"
      "meshes: [{name: a, create: true, postUp: /bin/other}, {name: b, create: true}]\n");
  CHECK(config.base.hooks.post_up == std::vector<std::string>{"/bin/say", "up", "now"});
  CHECK(config.base.hooks.pre_down == std::vector<std::string>{"/bin/say", "$HOME; a b"});
  CHECK(config.base.hooks.pre_up.empty());
  CHECK(config.meshes[0].base.hooks.post_up == std::vector<std::string>{"/bin/other"});
  CHECK(config.meshes[0].base.hooks.pre_down == config.base.hooks.pre_down);
  CHECK(config.meshes[1].base.hooks == config.base.hooks);
  CHECK(has(bad("baseConfiguration: {postUp: 'ip route | grep x'}"), "baseConfiguration.postUp: has characters that"));
  CHECK(has(bad("baseConfiguration: {postUp: \"/bin/say 'a b'\"}"), "write a list, [/path/of/program"));
  CHECK(has(bad("baseConfiguration: {preUp: say}"), "must begin with the absolute path of a program"));
  CHECK(has(bad("baseConfiguration: {preUp: []}"), "must be a program and its arguments"));
  CHECK(has(bad("baseConfiguration: {preUp: [[/bin/say]]}"), "baseConfiguration.preUp: "));
  CHECK(has(bad("baseConfiguration: {preUp: /bin/say " + std::string(kHookArgumentBytes, 'x') + "}"), "4096 bytes"));
}

TEST_CASE("an orderly stop has time for what is to run then") {
  CHECK(hook_patience(good("baseConfiguration: {preUp: /bin/x, postUp: /bin/x}")) == Duration::zero());
  CHECK(hook_patience(good("baseConfiguration: {preDown: /bin/x}")) == 2 * kHookTime);
  CHECK(hook_patience(good("meshes: [{name: a, create: true, postDown: /bin/x}]")) == 2 * kHookTime);
}

TEST_CASE("names of the older format") {
  CHECK(good("heartBeatInterval: 7").heartbeat_interval == 7s);
  CHECK(good("stubWg: true").backend == Backend::stub);
  CHECK(good("stubWg: false").backend == Backend::automatic);
  CHECK(good("backend: kernel").backend == Backend::kernel);
  CHECK(good("skipCertVerification: false") == Config{});
  CHECK(has(bad("heartBeatInterval: 7\nheartbeatInterval: 7"), "f:1:20: heartBeatInterval: says the same as"));
  CHECK(has(bad("stubWg: true\nbackend: userspace"), "f:1:9: stubWg: contradicts `backend`"));
  CHECK(has(bad("certificatePath: /x"), "f:1:1: certificatePath: is a key of an older format; remove it"));
  CHECK(has(bad("baseConfiguration: {advertiseRoutes: true}"), "baseConfiguration.advertiseRoutes: is the name"));
}

TEST_CASE("verification can't be turned off") {
  const std::string text = bad("skipCertVerification: true");
  CHECK(has(text, "f:1:23: skipCertVerification: certificates are always verified"));
  CHECK(has(text, "smegctl mesh join"));
}

TEST_CASE("an unknown key is told the nearest right one") {
  CHECK(bad("heartbeetInterval: 2") ==
        "f:1:1: heartbeetInterval: is not a key that is known here; did you mean 'heartbeatInterval'?\n");
  CHECK(has(bad("meshes:\n- name: a\n  create: true\n  rolle: peer"),
            "f:4:3: meshes[0].rolle: is not a key that is known here; did you mean 'role'?"));
  CHECK(has(bad("baseConfiguration:\n  zzzzzzzzz: 1"), "known are ipDiscovery, publicEndpoint, role, keepAliveWg"));
  CHECK(has(bad("\"\\x1b[31m\": 1"), "f:1:1: ?[31m: is not a key"));
}

TEST_CASE("wrong types") {
  CHECK(has(bad("gRPCPort: [1]"), "f:1:11: gRPCPort: must be a whole number from 1 to 65535, not a list"));
  CHECK(has(bad("gRPCPort: \"80\""), "not a text in quotes"));
  CHECK(has(bad("gRPCPort: 0x50"), "'0x50' is not a whole number"));
  CHECK(has(bad("stubWg: yes"), "'yes' is neither true nor false"));
  CHECK(has(bad("logLevel: {a: b}"), "logLevel: must be a text, not a map"));
  CHECK(has(bad("meshes: office"), "f:1:9: meshes: must be a list"));
  CHECK(has(bad("meshes: [office]"), "f:1:10: meshes[0]: must be a map of `key: value`, not a single value"));
  CHECK(has(bad("baseConfiguration: 1"), "baseConfiguration: must be a map"));
  CHECK(has(bad("- 1\n- 2"), "f:1:1: must be a map"));
  CHECK(has(bad("interClusterChance: much"), "'much' is not a number"));
}

TEST_CASE("impossible values") {
  CHECK(has(bad("gRPCPort: 0"), "it must be a whole number from 1 to 65535"));
  CHECK(has(bad("gRPCPort: 99999999999999999999999"), "is out of range"));
  CHECK(has(bad("gRPCPort: -1"), "'-1' is not a whole number"));
  CHECK(has(bad("mtu: 1279"), "1280 to 65000"));
  CHECK(has(bad("mtu: 65001"), "1280 to 65000"));
  CHECK(has(bad("interClusterChance: 0"), "above 0 and at most 1"));
  CHECK(has(bad("interClusterChance: 1.5"), "above 0 and at most 1"));
  CHECK(has(bad("interClusterChance: nan"), "is not a number"));
  CHECK(has(bad("heartbeatInterval: 99ms"), "it must be 100ms to 10m"));
  CHECK(has(bad("heartbeatInterval: soon"), "'soon' is not a duration"));
  CHECK(has(bad("pullInterval: 10ms"), "it must be 0 (off), or 1s to 1d"));
  CHECK(has(bad("baseConfiguration: {keepAliveWg: 1500ms}"), "must be whole seconds"));
  CHECK(has(bad("baseConfiguration: {role: per}"), "'per' is not known here; did you mean 'peer'?"));
  CHECK(has(bad("baseConfiguration: {publicEndpoint: 'a b'}"), "is neither a host name nor an IP address"));
  CHECK(has(bad("backend: wg"), "it must be one of auto, kernel, userspace, stub"));
  CHECK(has(bad("interfacePrefix: 0wg"), "can't begin the name of an interface"));
  CHECK(has(bad("interfacePrefix: averylongname"), "can't begin the name of an interface"));
  CHECK(has(bad("stateDirectory: state"), "must be an absolute path"));
  CHECK(has(bad("controlSocket: /" + std::string(107, 'x')), "is longer than 107 bytes"));
  CHECK(has(bad("listen: []"), "must list 1 to"));
  CHECK(has(bad("listen: [ff02::1]"), "is a multicast address"));
  CHECK(has(bad("listen: ['::', 127.0.0.1]"), "lists '::' beside others"));
  CHECK(has(bad("listen: [127.0.0.1, 127.0.0.1]"), "lists 127.0.0.1 twice"));
}

TEST_CASE("what a host says of itself, in all meshes or in one") {
  const auto parsed = parse(
      "baseConfiguration:\n  description: second floor\n  services: [{name: http, port: 80, text: [path=/status]}]\n"
      "meshes:\n- {name: a, create: true}\n- {name: b, create: true, description: '', services: []}\n"
      "- {name: c, create: true, services: [{name: dns, port: 53, protocol: udp}]}\n");
  REQUIRE(parsed);
  CHECK(parsed->base.description == "second floor");
  const std::vector<Service> http = {{"http", ServiceProtocol::tcp, 80, {"path=/status"}}};
  CHECK(parsed->base.services == http);
  CHECK(parsed->meshes[0].base.services == http);
  CHECK(parsed->meshes[1].base.services.empty());
  CHECK(parsed->meshes[2].base.services == std::vector<Service>{{"dns", ServiceProtocol::udp, 53, {}}});
  CHECK(has(bad("baseConfiguration: {description: \"a\\nb\"}"), "baseConfiguration.description: has characters"));
  CHECK(has(bad("baseConfiguration: {services: http}"), "must be a list of at most 16 services"));
  CHECK(has(bad("baseConfiguration: {services: [{port: 80}]}"), "baseConfiguration.services[0].name: is missing"));
  CHECK(has(bad("baseConfiguration: {services: [{name: a}]}"), "baseConfiguration.services[0].port: is missing"));
  CHECK(
      has(bad("baseConfiguration: {services: [{name: a, port: 1, colour: red}]}"), "services[0].colour: is not a key"));
  CHECK(has(bad("baseConfiguration: {services: [{name: a, port: 1}, {name: a, port: 2}]}"),
            "baseConfiguration.services: there are two of service 'a' (tcp)"));
  CHECK(has(bad("meshes: [{name: m, create: true, services: [{name: a, port: 1, text: x}]}]"),
            "meshes[0].services[0].text: is not KEY=VALUE"));
}

TEST_CASE("a mesh that makes no sense") {
  CHECK(has(bad("meshes: [{create: true}]"), "f:1:10: meshes[0].name: is missing"));
  CHECK(has(bad("meshes: [{name: Office, create: true}]"), "'Office' is not a mesh name"));
  CHECK(has(bad("meshes: [{name: a}]"), "says neither how to join the mesh nor to create it"));
  CHECK(has(bad("meshes: [{name: a, create: true, tokenFile: /t}]"), "either created or joined"));
  CHECK(has(bad("meshes: [{name: a, create: true, via: h}]"), "means something beside tokenFile only"));
  CHECK(has(bad("meshes: [{name: a, tokenFile: t}]"), "must be an absolute path"));
  CHECK(has(bad("meshes: [{name: a, create: true}, {name: a, create: true}]"),
            "meshes[1].name: another mesh in this list has it already"));
  std::string many = "meshes:\n";
  for (std::size_t i = 0; i <= limits::kMeshesPerHost; ++i)
    many += "- {name: m" + std::to_string(i) + ", create: true}\n";
  CHECK(has(bad(many), "must be a list of at most 64 meshes"));
}

TEST_CASE("every problem is reported, in the order of the file") {
  const auto parsed =
      parse("mtu: 1\nwhat: 2\nmeshes:\n- name: a\n  create: true\n- name: b\n- role: per\n  name: c\n  create: true\n");
  REQUIRE(!parsed);
  std::vector<std::pair<std::size_t, std::string>> seen;
  for (const Problem& problem : parsed.error()) seen.emplace_back(problem.line, problem.field);
  CHECK(seen == std::vector<std::pair<std::size_t, std::string>>{
                    {1, "mtu"}, {2, "what"}, {6, "meshes[1].tokenFile"}, {7, "meshes[2].role"}});
}

TEST_CASE("the list of problems is bounded") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const auto parsed = parse(text);
  REQUIRE(!parsed);
  CHECK(parsed.error().size() == limits::kConfigurationProblems);
}

TEST_CASE("a key that stands twice is refused") {
  CHECK(has(bad("mtu: 1400\nbranch: 2\nmtu: 1300\n"), "f:3:1: mtu: stands here a second time; line 1 has it already"));
  CHECK(has(bad("meshes: [{name: a, name: b, create: true}]"), "meshes[0].name: stands here a second time"));
}
