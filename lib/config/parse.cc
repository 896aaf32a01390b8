#include <algorithm>
#include <array>

#include "config/reader.h"
#include "config/words.h"

namespace smeg::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kInterfacePrefixBytes = 10;  // 15 of IFNAMSIZ, less five digits

constexpr std::string_view kNoFiles =
    "remove it: members let one another in by invites, and no certificate file is needed";
constexpr std::string_view kOtherName = "is the name of an older format";
constexpr std::string_view kNotYet = "this version does not know it yet";
constexpr std::string_view kRemove = "remove it";
constexpr Section::Retired kRetired[] = {
    {"certificatePath", "is a key of an older format", kNoFiles},
    {"privateKeyPath", "is a key of an older format", kNoFiles},
    {"caCertificatePath", "is a key of an older format", kNoFiles},
    {"profile", kNotYet, kRemove},
};
constexpr Section::Retired kRetiredBase[] = {
    {"advertiseRoutes", kOtherName, "write `advertiseRoute`"},
    {"advertiseDefaultRoute", kOtherName, "write `advertiseDefaults`"},
};

template <class Number>
auto number_from(std::uint64_t least, std::uint64_t most) {
  return [least, most](const YamlNode& node) {
    return number_of(node, least, most).map([](std::uint64_t value) { return static_cast<Number>(value); });
  };
}

auto duration_from(Duration least, Duration most) {
  return [least, most](const YamlNode& node) { return duration_of(node, least, most); };
}

// A single value, or a list of at most so many.
template <class Read>
auto one_or_more(std::size_t most, Read read) {
  using T = typename decltype(read(YamlNode()))::value_type;
  return [most, read](const YamlNode& node) -> Result<std::vector<T>> {
    const std::vector<YamlNode> single =
        node.kind == YamlNode::Kind::list ? std::vector<YamlNode>() : std::vector{node};
    const std::vector<YamlNode>& nodes = node.kind == YamlNode::Kind::list ? node.elements : single;
    if (nodes.empty() || nodes.size() > most)
      return fail(Code::invalid, "must list 1 to " + std::to_string(most) + " of them");
    std::vector<T> out;
    for (const YamlNode& each : nodes) {
      auto value = read(each);
      if (!value) return fail(value.error());
      if (std::ranges::find(out, *value) != out.end()) return fail(Code::invalid, "lists " + each.text + " twice");
      out.push_back(*std::move(value));
    }
    return out;
  };
}

Result<Duration> read_keepalive(const YamlNode& node) {
  auto value = duration_of(node, 0s, 65'535s);
  if (value && *value % 1s != Duration::zero())
    return fail(Code::invalid, "must be whole seconds", "WireGuard knows nothing shorter");
  return value;
}

Result<std::vector<addr::IpAddress>> read_listen(const YamlNode& node) {
  auto list = one_or_more(limits::kListenAddresses, parsed_by(addr::IpAddress::parse))(node);
  if (!list) return list;
  for (const addr::IpAddress& address : *list)
    if (address.is_multicast())
      return fail(Code::invalid, address.to_string() + " is a multicast address", "list addresses of this host");
  const auto all = std::ranges::find(*list, addr::IpAddress());
  if (all != list->end() && list->size() > 1)
    return fail(Code::invalid, "lists '::' beside others",
                "'::' takes every IPv6 and every IPv4 address: leave it alone");
  return list;
}

Result<std::string> absolute_path(std::string_view text, std::size_t most) {
  if (!text.starts_with('/') || text.find('\0') != std::string_view::npos)
    return fail(Code::invalid, "must be an absolute path, one that begins with '/'");
  if (text.size() > most) return fail(Code::too_large, "is longer than " + std::to_string(most) + " bytes");
  return std::string(text);
}

auto path_up_to(std::size_t most) {
  return parsed_by([most](std::string_view text) { return absolute_path(text, most); });
}

Result<std::string> interface_prefix(std::string_view text) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (text.empty() || text.size() > kInterfacePrefixBytes || !letter(text.front()) || !std::ranges::all_of(text, fits))
    return fail(Code::invalid, "can't begin the name of an interface",
                "use 1 to 10 of the letters a-z, digits, '-' and '_', a letter first");
  return std::string(text);
}

auto label(std::string_view what) {
  return parsed_by([what](std::string_view text) { return parse_label(text, what); });
}

Result<addr::Prefix> ipv6_network(std::string_view text) {
  auto prefix = addr::Prefix::parse(text);
  if (prefix && !prefix->address().is_v6())
    return fail(Code::unsupported, "is no IPv6 network", "meshes carry IPv6 alone");
  return prefix;
}

// What only a shell would make something of.
constexpr std::string_view kForShells = "\"'`$;&|<>*?~#\\(){}[]!";

Result<std::string> hook_argument(const YamlNode& node) {
  auto text = text_of(node);
  if (text && (text->size() > kHookArgumentBytes || text->find('\0') != std::string::npos))
    return fail(Code::too_large,
                "has an argument of more than " + std::to_string(kHookArgumentBytes) + " bytes, or with a zero");
  return text;
}

Result<std::vector<std::string>> split_hook(std::string_view text) {
  if (text.find_first_of(kForShells) != std::string_view::npos)
    return fail(Code::invalid, "has characters that a shell would make something of; no shell runs it",
                "write a list, [/path/of/program, argument, ...], whose elements go to the program as they are");
  constexpr std::string_view kBlanks = " \t\n";
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = text.find_first_not_of(kBlanks, at)) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// The program's path is absolute: smegd's own PATH is nobody's business.
Result<std::vector<std::string>> read_hook(const YamlNode& node) {
  std::vector<std::string> words;
  if (node.kind == YamlNode::Kind::list) {
    for (const YamlNode& each : node.elements) {
      auto word = hook_argument(each);
      if (!word) return fail(word.error());
      words.push_back(*std::move(word));
    }
  } else {
    auto text = hook_argument(node);
    if (!text) return fail(text.error());
    auto split = split_hook(*text);
    if (!split) return split;
    words = *std::move(split);
  }
  if (words.empty() || words.size() > kHookArguments)
    return fail(Code::invalid,
                "must be a program and its arguments, at most " + std::to_string(kHookArguments) + " words in all");
  if (!words.front().starts_with('/'))
    return fail(Code::invalid, "must begin with the absolute path of a program", "write /path/of/program");
  return words;
}

void read_hooks(Section& section, Hooks& out) {
  section.read("preUp", out.pre_up, read_hook);
  section.read("postUp", out.post_up, read_hook);
  section.read("preDown", out.pre_down, read_hook);
  section.read("postDown", out.post_down, read_hook);
}

// An empty one stands in for that of baseConfiguration.
Result<std::string> description(const YamlNode& node) {
  const auto read = node.text.empty() && node.kind == YamlNode::Kind::scalar ? Result<std::string>("") : text_of(node);
  if (!read) return read;
  const std::string& text = *read;
  if (text.size() > limits::kDescriptionBytes)
    return fail(Code::too_large, "is longer than " + std::to_string(limits::kDescriptionBytes) + " bytes");
  if (!is_plain_text(text)) return fail(Code::invalid, "has characters that are not text", "write it on one line");
  return text;
}

Service read_service(const YamlNode& node, std::string path, Problems& problems) {
  Section section(node, std::move(path), problems);
  Service out;
  if (!section.read("name", out.name, parsed_by(parse_service_name)))
    section.complain(node, "name", {Code::malformed, "is missing", "write `name: http`, or what else it is called"});
  if (!section.read("port", out.port, number_from<std::uint16_t>(1, 65'535)))
    section.complain(node, "port", {Code::malformed, "is missing", "write `port: NUMBER`"});
  section.read("protocol", out.protocol, one_of(kServiceProtocols));
  section.read("text", out.texts, one_or_more(limits::kServiceTexts, parsed_by(parse_service_text)));
  section.finish();
  return out;
}

// A list of maps, which replaces that of baseConfiguration.
void read_services(Section& section, std::vector<Service>& out, Problems& problems) {
  const YamlNode* node = section.find("services");
  if (!node) return;
  if (node->kind != YamlNode::Kind::list || node->elements.size() > limits::kServicesPerMember)
    return section.complain(
        *node, "services",
        {Code::malformed, "must be a list of at most " + std::to_string(limits::kServicesPerMember) + " services",
         "write `- {name: http, port: 80}`"});
  out.clear();
  for (std::size_t i = 0; i < node->elements.size(); ++i)
    out.push_back(read_service(node->elements[i], section.path("services") + '[' + std::to_string(i) + ']', problems));
  if (const auto good = check_services(out); !good) section.complain(*node, "services", good.error());
}

void read_base(Section& section, BaseConfiguration& out, Problems& problems) {
  section.read("ipDiscovery", out.ip_discovery, one_of(kIpDiscoveries));
  section.read("publicEndpoint", out.public_endpoint, parsed_by(addr::HostPort::parse));
  section.read("role", out.role, one_of(kRoles));
  section.read("keepAliveWg", out.keepalive, read_keepalive);
  section.read("advertiseRoute", out.advertise_route, flag_of);
  section.read("advertiseDefaults", out.advertise_defaults, flag_of);
  section.read("useDefault", out.use_default, flag_of);
  const auto prefixes = [](const YamlNode& node) -> Result<std::vector<addr::Prefix>> {
    // An empty list stands in for that of baseConfiguration.
    if (node.kind == YamlNode::Kind::list && node.elements.empty()) return std::vector<addr::Prefix>();
    return one_or_more(limits::kPrefixesPerCertificate, parsed_by(ipv6_network))(node);
  };
  section.read("advertisePrefixes", out.advertise_prefixes, prefixes);
  section.read("acceptRoutes", out.accept_routes, prefixes);
  section.read("weight", out.weight, number_from<std::uint32_t>(0, limits::kExitWeight));
  read_hooks(section, out.hooks);
  section.read("description", out.description, description);
  read_services(section, out.services, problems);
  section.read("cost", out.cost, number_from<std::uint32_t>(0, 1'000'000));
}

// Reads the keys of Config one by one. Single use.
class Reader {
 public:
  explicit Reader(const YamlNode& root) : root_(root, {}, problems_) {}

  tl::expected<Config, std::vector<Problem>> read() {
    read_sessions();
    read_gossip();
    read_host();
    read_backend();
    refuse_skipping_verification();
    read_base_configuration();
    read_meshes();
    root_.finish(kRetired);
    if (!problems_.empty()) return tl::unexpected(problems_.take());
    return std::move(config_);
  }

 private:
  void read_sessions() {
    root_.read("gRPCPort", config_.control_port, number_from<std::uint16_t>(1, 65'535));
    root_.read("listen", config_.listen, read_listen);
    root_.read("timeout", config_.timeout, duration_from(100ms, 10min));
  }

  void read_gossip() {
    root_.read("heartbeatInterval", config_.heartbeat_interval, duration_from(100ms, 10min));
    const YamlNode* newer = root_.find("heartbeatInterval");
    const YamlNode* older = root_.find("heartBeatInterval");
    if (newer && older) {
      root_.complain(*older, "heartBeatInterval",
                     {Code::conflict, "says the same as heartbeatInterval", "keep one of them"});
    } else {
      root_.read("heartBeatInterval", config_.heartbeat_interval, duration_from(100ms, 10min));
    }
    root_.read("syncInterval", config_.sync_interval, duration_from(10ms, 10min));
    const YamlNode* pull = root_.read("pullInterval", config_.pull_interval, duration_from(0s, 24h));
    if (pull && config_.pull_interval > 0s && config_.pull_interval < 1s)
      root_.complain(*pull, "pullInterval", {Code::invalid, "is out of range", "it must be 0 (off), or 1s to 1d"});
    root_.read("clusterSize", config_.cluster_size, number_from<std::uint32_t>(1, limits::kMembersPerMesh));
    root_.read("interClusterChance", config_.inter_cluster_chance, fraction_of);
    root_.read("branch", config_.branch, number_from<std::uint32_t>(1, 64));
    root_.read("infectionCount", config_.infection_count, number_from<std::uint32_t>(1, 64));
  }

  void read_host() {
    root_.read("logLevel", config_.log_level, one_of(kLogLevels));
    root_.read("interfacePrefix", config_.interface_prefix, parsed_by(interface_prefix));
    root_.read("mtu", config_.mtu, number_from<std::uint32_t>(1'280, 65'000));
    root_.read("stateDirectory", config_.state_directory, path_up_to(limits::kPathBytes));
    root_.read("controlSocket", config_.control_socket, path_up_to(limits::kSocketPathBytes));
  }

  void read_backend() {
    const YamlNode* backend = root_.read("backend", config_.backend, one_of(kBackends));
    bool stub = false;
    const YamlNode* older = root_.read("stubWg", stub, flag_of);
    if (older && backend && stub != (config_.backend == Backend::stub))
      root_.complain(*older, "stubWg", {Code::conflict, "contradicts `backend`", "remove stubWg"});
    if (stub) config_.backend = Backend::stub;
  }

  void refuse_skipping_verification() {
    bool skip = false;
    const YamlNode* node = root_.read("skipCertVerification", skip, flag_of);
    if (skip)
      root_.complain(
          *node, "skipCertVerification",
          {Code::forbidden, "certificates are always verified, and no switch turns that off",
           "remove this key; hosts are let in by invites (`smegctl invite create`, `smegctl mesh join TOKEN`), "
           "which need no certificate files"});
  }

  void read_base_configuration() {
    const YamlNode* node = root_.find("baseConfiguration");
    if (!node) return;
    Section section(*node, "baseConfiguration", problems_);
    read_base(section, config_.base, problems_);
    section.finish(kRetiredBase);
  }

  void read_meshes() {
    const YamlNode* node = root_.find("meshes");
    if (!node) return;
    if (node->kind != YamlNode::Kind::list || node->elements.size() > limits::kMeshesPerHost) {
      root_.complain(
          *node, "meshes",
          {Code::malformed, "must be a list of at most " + std::to_string(limits::kMeshesPerHost) + " meshes",
           "write `- name: NAME` and what else there is to say below it"});
      return;
    }
    for (std::size_t i = 0; i < node->elements.size(); ++i)
      read_mesh(node->elements[i], "meshes[" + std::to_string(i) + "]");
  }

  void read_mesh(const YamlNode& node, std::string path) {
    Section section(node, std::move(path), problems_);
    MeshEntry entry;
    entry.base = config_.base;
    const YamlNode* name = section.read("name", entry.name, label("a mesh name"));
    section.read("create", entry.create, flag_of);
    const YamlNode* token = section.read("tokenFile", entry.token_file, path_up_to(limits::kPathBytes));
    const YamlNode* via =
        section.read("via", entry.via, one_or_more(limits::kEndpointsPerRecord, parsed_by(addr::HostPort::parse)));
    read_base(section, entry.base, problems_);
    section.finish(kRetiredBase);
    if (!name) section.complain(node, "name", {Code::malformed, "is missing", "give the mesh a name"});
    if (name && std::ranges::find(config_.meshes, entry.name, &MeshEntry::name) != config_.meshes.end())
      section.complain(*name, "name",
                       {Code::exists, "another mesh in this list has it already", "choose another name"});
    if (entry.create && token)
      section.complain(*token, "tokenFile",
                       {Code::conflict, "a mesh is either created or joined", "remove create or tokenFile"});
    if (!entry.create && !token)
      section.complain(node, "tokenFile",
                       {Code::malformed, "says neither how to join the mesh nor to create it",
                        "write `tokenFile: /path/of/a/file/with/an/invite` or `create: true`"});
    if (via && !token)
      section.complain(*via, "via",
                       {Code::invalid, "means something beside tokenFile only", "remove via, or add tokenFile"});
    config_.meshes.push_back(std::move(entry));
  }

  Problems problems_;
  Section root_;
  Config config_;
};

}  // namespace

Duration hook_patience(const Config& config) {
  const auto waits = [](const BaseConfiguration& base) {
    return !base.hooks.pre_down.empty() || !base.hooks.post_down.empty();
  };
  const bool any = waits(config.base) ||
                   std::ranges::any_of(config.meshes, [&](const MeshEntry& entry) { return waits(entry.base); });
  return any ? 2 * kHookTime : Duration::zero();
}

std::string to_string(const Problem& problem, std::string_view file) {
  std::string out(file);
  if (problem.line) out += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
  out += ": ";
  if (!problem.field.empty()) out += problem.field + ": ";
  out += problem.message;
  if (!problem.hint.empty()) out += "; " + problem.hint;
  return out;
}

std::string to_string(const std::vector<Problem>& problems, std::string_view file) {
  std::string out;
  for (const Problem& problem : problems) out += to_string(problem, file) + '\n';
  return out;
}

tl::expected<Config, std::vector<Problem>> parse(std::string_view text) {
  const auto root = parse_yaml(text);
  if (!root) return tl::unexpected(std::vector{root.error()});
  return Reader(*root).read();
}

}  // namespace smeg::config
