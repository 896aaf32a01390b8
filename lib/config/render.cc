#include "config/render.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/words.h"

namespace smeg::config {
namespace {

template <class Enum, std::size_t Count>
std::string word_of(const Word<Enum> (&words)[Count], Enum value) {
  for (const Word<Enum>& each : words)
    if (each.value == value) return std::string(each.text);
  return "";
}

std::string number(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

class Writer {
 public:
  explicit Writer(bool without_arguments) : without_arguments_(without_arguments) {}

  std::string write(const Config& config) {
    out_ << YAML::BeginMap;
    write_host(config);
    out_ << YAML::Key << "baseConfiguration" << YAML::Value << YAML::BeginMap;
    write_base(config.base);
    out_ << YAML::EndMap << YAML::Key << "meshes" << YAML::Value;
    if (config.meshes.empty()) out_ << YAML::Flow;
    out_ << YAML::BeginSeq;
    for (const MeshEntry& entry : config.meshes) write_mesh(entry);
    out_ << YAML::EndSeq << YAML::EndMap;
    return std::string(out_.c_str(), out_.size()) + '\n';
  }

 private:
  void put(const char* key, const std::string& plain) { out_ << YAML::Key << key << YAML::Value << plain; }
  void put(const char* key, Duration value) { put(key, format_duration(value)); }
  void put_flag(const char* key, bool flag) { put(key, std::string(flag ? "true" : "false")); }
  void put_text(const char* key, const std::string& text) {
    out_ << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << text;
  }
  template <class Values, class Text>
  void put_list(const char* key, const Values& values, Text text) {
    out_ << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& each : values) out_ << YAML::DoubleQuoted << text(each);
    out_ << YAML::EndSeq;
  }

  void write_host(const Config& config) {
    put("gRPCPort", std::to_string(config.control_port));
    put_list("listen", config.listen, [](const addr::IpAddress& address) { return address.to_string(); });
    put("timeout", config.timeout);
    put("heartbeatInterval", config.heartbeat_interval);
    put("syncInterval", config.sync_interval);
    put("pullInterval", config.pull_interval);
    put("clusterSize", std::to_string(config.cluster_size));
    put("interClusterChance", number(config.inter_cluster_chance));
    put("branch", std::to_string(config.branch));
    put("infectionCount", std::to_string(config.infection_count));
    put("logLevel", word_of(kLogLevels, config.log_level));
    put("backend", word_of(kBackends, config.backend));
    put_text("interfacePrefix", config.interface_prefix);
    put("mtu", std::to_string(config.mtu));
    put_text("stateDirectory", config.state_directory);
    put_text("controlSocket", config.control_socket);
  }

  void write_base(const BaseConfiguration& base) {
    const auto prefix = [](const addr::Prefix& each) { return each.to_string(); };
    put("ipDiscovery", word_of(kIpDiscoveries, base.ip_discovery));
    if (base.public_endpoint) put_text("publicEndpoint", base.public_endpoint->to_string());
    put("role", word_of(kRoles, base.role));
    put("keepAliveWg", base.keepalive);
    put_flag("advertiseRoute", base.advertise_route);
    put_list("advertisePrefixes", base.advertise_prefixes, prefix);
    put_list("acceptRoutes", base.accept_routes, prefix);
    put_flag("advertiseDefaults", base.advertise_defaults);
    put_flag("useDefault", base.use_default);
    put("weight", std::to_string(base.weight));
    put("cost", std::to_string(base.cost));
    put_text("description", base.description);
    write_services(base.services);
    put_hook("preUp", base.hooks.pre_up);
    put_hook("postUp", base.hooks.post_up);
    put_hook("preDown", base.hooks.pre_down);
    put_hook("postDown", base.hooks.post_down);
  }

  void write_services(const std::vector<Service>& services) {
    out_ << YAML::Key << "services" << YAML::Value;
    if (services.empty()) out_ << YAML::Flow;
    out_ << YAML::BeginSeq;
    for (const Service& service : services) {
      out_ << YAML::BeginMap;
      put_text("name", service.name);
      put("port", std::to_string(service.port));
      put("protocol", word_of(kServiceProtocols, service.protocol));
      if (!service.texts.empty()) put_list("text", service.texts, [](const std::string& each) { return each; });
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
  }

  void put_hook(const char* key, const std::vector<std::string>& words) {
    if (words.empty()) return;
    const bool all = words.size() == 1 || !without_arguments_;
    const auto shown = all ? words : std::vector<std::string>{words.front(), "..."};
    put_list(key, shown, [](const std::string& each) { return each; });
  }

  void write_mesh(const MeshEntry& entry) {
    out_ << YAML::BeginMap;
    put_text("name", entry.name);
    if (entry.create) put_flag("create", true);
    if (!entry.token_file.empty()) put_text("tokenFile", entry.token_file);
    if (!entry.via.empty()) put_list("via", entry.via, [](const addr::HostPort& host) { return host.to_string(); });
    write_base(entry.base);
    out_ << YAML::EndMap;
  }

  bool without_arguments_;
  YAML::Emitter out_;
};

// "baseConfiguration.role" and its value, in order; lists of scalars are one value.
using Fields = std::vector<std::pair<std::string, std::string>>;

void flatten(const YamlNode& node, const std::string& path, Fields& out) {
  const bool has_maps =
      std::ranges::any_of(node.elements, [](const YamlNode& each) { return each.kind == YamlNode::Kind::map; });
  switch (node.kind) {
    case YamlNode::Kind::null: return;
    case YamlNode::Kind::scalar: out.emplace_back(path, node.text); return;
    case YamlNode::Kind::map:
      for (const YamlEntry& entry : node.entries)
        flatten(entry.value, path.empty() ? entry.name.text : path + '.' + entry.name.text, out);
      return;
    case YamlNode::Kind::list: break;
  }
  std::string all;
  for (std::size_t i = 0; i < node.elements.size(); ++i) {
    if (has_maps) flatten(node.elements[i], path + '[' + std::to_string(i) + ']', out);
    all += (all.empty() ? "" : ", ") + node.elements[i].text;
  }
  if (!has_maps && !node.elements.empty()) out.emplace_back(path, '[' + all + ']');
}

Fields fields_of(const Config& config) {
  Fields out;
  if (const auto root = parse_yaml(to_yaml(config))) flatten(*root, "", out);
  return out;
}

const std::string* find(const Fields& fields, const std::string& name) {
  const auto at = std::ranges::find(fields, name, &Fields::value_type::first);
  return at == fields.end() ? nullptr : &at->second;
}

// What is handed to a hook is nobody's business.
void leave_out_arguments(const std::string& field, std::string& value) {
  const bool is_hook = field.ends_with("Up") || field.ends_with("Down");
  if (const auto comma = value.find(','); is_hook && comma != std::string::npos)
    value.replace(comma, std::string::npos, ", ...]");
}

}  // namespace

std::string to_yaml(const Config& config, bool without_arguments) { return Writer(without_arguments).write(config); }

std::vector<Difference> differences(const Config& before, const Config& after, bool without_arguments) {
  const Fields old = fields_of(before);
  const Fields fresh = fields_of(after);
  std::vector<Difference> out;
  for (const auto& [field, value] : fresh) {
    const std::string* was = find(old, field);
    if (!was || *was != value) out.push_back({field, was ? *was : "", value});
  }
  for (const auto& [field, value] : old)
    if (!find(fresh, field)) out.push_back({field, value, ""});
  if (without_arguments)
    for (Difference& each : out)
      for (std::string* value : {&each.before, &each.after}) leave_out_arguments(each.field, *value);
  return out;
}

}  // namespace smeg::config
