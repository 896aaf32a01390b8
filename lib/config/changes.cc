#include "config/changes.h"

#include <algorithm>

#include "config/config.h"

namespace smeg::config {
namespace {

// A key at the top of the file. take copies its value.
struct Key {
  std::string_view name;
  bool live;
  bool (*same)(const Config&, const Config&);
  void (*take)(Config& to, const Config& from);
};

template <auto Member>
constexpr Key key(std::string_view name, bool live) {
  return {name, live, [](const Config& a, const Config& b) { return a.*Member == b.*Member; },
          [](Config& to, const Config& from) { to.*Member = from.*Member; }};
}

// Those that wait are built into something when the daemon starts: sockets, the state directory, interfaces, rings.
constexpr Key kKeys[] = {
    key<&Config::control_port>("gRPCPort", false),
    key<&Config::listen>("listen", false),
    key<&Config::timeout>("timeout", false),
    key<&Config::heartbeat_interval>("heartbeatInterval", false),
    key<&Config::sync_interval>("syncInterval", false),
    key<&Config::pull_interval>("pullInterval", true),
    key<&Config::cluster_size>("clusterSize", false),
    key<&Config::inter_cluster_chance>("interClusterChance", false),
    key<&Config::branch>("branch", false),
    key<&Config::infection_count>("infectionCount", false),
    key<&Config::log_level>("logLevel", true),
    key<&Config::backend>("backend", false),
    key<&Config::interface_prefix>("interfacePrefix", false),
    key<&Config::mtu>("mtu", true),
    key<&Config::state_directory>("stateDirectory", false),
    key<&Config::control_socket>("controlSocket", false),
};

template <class Value>
void note(std::vector<std::string>& out, const std::string& name, const Value& before, const Value& after) {
  if (!(before == after)) out.push_back(name);
}

// All of them are live.
void compare_base(const BaseConfiguration& a, const BaseConfiguration& b, const std::string& path,
                  std::vector<std::string>& out) {
  note(out, path + "ipDiscovery", a.ip_discovery, b.ip_discovery);
  note(out, path + "publicEndpoint", a.public_endpoint, b.public_endpoint);
  note(out, path + "role", a.role, b.role);
  note(out, path + "keepAliveWg", a.keepalive, b.keepalive);
  note(out, path + "advertiseRoute", a.advertise_route, b.advertise_route);
  note(out, path + "advertiseDefaults", a.advertise_defaults, b.advertise_defaults);
  note(out, path + "useDefault", a.use_default, b.use_default);
  note(out, path + "advertisePrefixes", a.advertise_prefixes, b.advertise_prefixes);
  note(out, path + "acceptRoutes", a.accept_routes, b.accept_routes);
  note(out, path + "weight", a.weight, b.weight);
  note(out, path + "cost", a.cost, b.cost);
  note(out, path + "preUp", a.hooks.pre_up, b.hooks.pre_up);
  note(out, path + "postUp", a.hooks.post_up, b.hooks.post_up);
  note(out, path + "preDown", a.hooks.pre_down, b.hooks.pre_down);
  note(out, path + "postDown", a.hooks.post_down, b.hooks.post_down);
  note(out, path + "description", a.description, b.description);
  note(out, path + "services", a.services, b.services);
}

const MeshEntry* find(const Config& config, const std::string& name) {
  const auto entry = std::ranges::find(config.meshes, name, &MeshEntry::name);
  return entry == config.meshes.end() ? nullptr : &*entry;
}

void compare_meshes(const Config& before, const Config& after, std::vector<std::string>& out) {
  for (const MeshEntry& entry : after.meshes) {
    const std::string path = "meshes[" + entry.name + "]";
    const MeshEntry* known = find(before, entry.name);
    if (!known) {
      out.push_back(path);
      continue;
    }
    note(out, path + ".create", known->create, entry.create);
    note(out, path + ".tokenFile", known->token_file, entry.token_file);
    note(out, path + ".via", known->via, entry.via);
    compare_base(known->base, entry.base, path + ".", out);
  }
  for (const MeshEntry& entry : before.meshes)
    if (!find(after, entry.name)) out.push_back("meshes[" + entry.name + "]");
}

}  // namespace

Changes changes_between(const Config& before, const Config& after) {
  Changes out;
  for (const Key& each : kKeys)
    if (!each.same(before, after)) (each.live ? out.live : out.waiting).emplace_back(each.name);
  compare_base(before.base, after.base, "baseConfiguration.", out.live);
  compare_meshes(before, after, out.live);
  return out;
}

Config applied(const Config& before, const Config& after) {
  Config out = after;
  for (const Key& each : kKeys)
    if (!each.live) each.take(out, before);
  return out;
}

}  // namespace smeg::config
