#include "config/changes.h"

#include <algorithm>

#include "config/config.h"

namespace smeg::config {
namespace {

// A key at the top of the file. take copies its value.
struct Key {
  std::string_view name;
  TakesEffect effect;
  bool (*same)(const Config&, const Config&);
  void (*take)(Config& to, const Config& from);
};

template <auto Member>
constexpr Key key(std::string_view name, TakesEffect effect) {
  return {name, effect, [](const Config& a, const Config& b) { return a.*Member == b.*Member; },
          [](Config& to, const Config& from) { to.*Member = from.*Member; }};
}

// Those that wait are built into something when the daemon starts: sockets, the state directory, interfaces, rings.
constexpr TakesEffect kReload = TakesEffect::on_reload;
constexpr TakesEffect kStart = TakesEffect::on_start;
constexpr TakesEffect kNever = TakesEffect::never;
constexpr Key kKeys[] = {
    key<&Config::control_port>("gRPCPort", kStart),
    key<&Config::listen>("listen", kStart),
    key<&Config::timeout>("timeout", kStart),
    key<&Config::heartbeat_interval>("heartbeatInterval", kStart),
    key<&Config::sync_interval>("syncInterval", kNever),
    key<&Config::pull_interval>("pullInterval", kReload),
    key<&Config::cluster_size>("clusterSize", kNever),
    key<&Config::inter_cluster_chance>("interClusterChance", kNever),
    key<&Config::branch>("branch", kNever),
    key<&Config::infection_count>("infectionCount", kNever),
    key<&Config::log_level>("logLevel", kReload),
    key<&Config::backend>("backend", kStart),
    key<&Config::interface_prefix>("interfacePrefix", kStart),
    key<&Config::mtu>("mtu", kReload),
    key<&Config::state_directory>("stateDirectory", kStart),
    key<&Config::control_socket>("controlSocket", kStart),
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

std::vector<std::string>& list_of(Changes& changes, TakesEffect effect) {
  switch (effect) {
    case TakesEffect::on_reload: return changes.live;
    case TakesEffect::on_start: return changes.waiting;
    case TakesEffect::never: break;
  }
  return changes.idle;
}

}  // namespace

TakesEffect takes_effect(std::string_view field) {
  const auto key = std::ranges::find(kKeys, field.substr(0, field.find_first_of(".[")), &Key::name);
  return key == std::end(kKeys) ? TakesEffect::on_reload : key->effect;
}

Changes changes_between(const Config& before, const Config& after) {
  Changes out;
  for (const Key& each : kKeys)
    if (!each.same(before, after)) list_of(out, each.effect).emplace_back(each.name);
  compare_base(before.base, after.base, "baseConfiguration.", out.live);
  compare_meshes(before, after, out.live);
  return out;
}

Config applied(const Config& before, const Config& after) {
  Config out = after;
  for (const Key& each : kKeys)
    if (each.effect == TakesEffect::on_start) each.take(out, before);
  return out;
}

}  // namespace smeg::config
