#include "netlink/ruleset.h"

#include <algorithm>
#include <iterator>

namespace smeg::netlink {
namespace {

using addr::Prefix;

constexpr std::string_view kWasOn = "forwarding_was_on";
constexpr std::string_view kWasOff = "forwarding_was_off";
constexpr std::string_view kAcceptRa = "accept_ra_was_1";
constexpr std::string_view kForwardingOf = "forwarding_was_1";

std::string quoted(const std::string& name) { return '"' + name + '"'; }

template <class Container, class ToText>
std::string make_set(std::string_view name, std::string_view type, const Container& elements, ToText to_text) {
  std::string text = "  set " + std::string(name) + " { type " + std::string(type) + ";";
  std::string_view separator = " elements = { ";
  for (const auto& element : elements) {
    text += std::string(separator) + to_text(element);
    separator = ", ";
  }
  return text + (elements.empty() ? " }\n" : " } }\n");
}

std::string make_names(std::string_view name, const std::set<std::string>& names) {
  return make_set(name, "ifname", names, quoted);
}

std::string make_prefixes(std::string_view name, const std::set<Prefix>& prefixes) {
  return make_set(name, "ipv6_addr; flags interval; auto-merge", prefixes,
                  [](const Prefix& prefix) { return prefix.to_string(); });
}

std::string make_memory(const Before& before) {
  return "  chain " + std::string(before.forwarding ? kWasOn : kWasOff) + " { }\n" +
         make_names(kAcceptRa, before.accept_ra) + make_names(kForwardingOf, before.forwarding_of);
}

// Where the host forwarded before, what others send through it is none of our business; otherwise it passes nothing
// that it didn't pass before.
std::string make_forward(const netstate::Forwarding& forwarding, const Before& before) {
  std::string text =
      "  chain forward {\n"
      "    type filter hook forward priority filter; policy drop;\n";
  if (before.forwarding) text += "    iifname != @meshes oifname != @meshes accept\n";
  text +=
      "    iifname . oifname @turned drop\n"
      "    tcp flags syn tcp option maxseg size set rt mtu\n"
      "    iifname @meshes oifname @meshes accept\n";
  if (!forwarding.behind.empty()) {
    text +=
        "    iifname @meshes ip6 daddr @behind accept\n"
        "    oifname @meshes ip6 saddr @behind accept\n";
  }
  if (!forwarding.masqueraded.empty()) {
    text +=
        "    iifname @meshes ip6 saddr @masqueraded accept\n"
        "    oifname @meshes ct state established,related ct status snat accept\n";
  }
  return text + "  }\n";
}

// Pairs of interfaces that nothing passes between: those of one mesh, unless packets may go back over it, and those
// apart with all.
std::set<std::string> turned_pairs(const netstate::Forwarding& forwarding) {
  const auto main_of = [&](const netstate::InterfaceName& name) {
    const auto lane = forwarding.lanes.find(name);
    return lane == forwarding.lanes.end() ? name : lane->second;
  };
  std::set<std::string> pairs;
  for (const auto& from : forwarding.meshes) {
    for (const auto& to : forwarding.meshes) {
      const auto one = main_of(from), other = main_of(to);
      const bool apart = forwarding.apart.contains(one) || forwarding.apart.contains(other);
      if (one == other ? !forwarding.back.contains(one) : apart)
        pairs.insert(quoted(from.text()) + " . " + quoted(to.text()));
    }
  }
  return pairs;
}

std::string make_masquerade(const netstate::Forwarding& forwarding) {
  if (forwarding.masqueraded.empty()) return {};
  std::string text =
      "  chain postrouting {\n"
      "    type nat hook postrouting priority srcnat;\n"
      "    iifname @meshes oifname != @meshes ip6 saddr @masqueraded ";
  if (!forwarding.behind.empty()) text += "ip6 daddr != @behind ";
  return text + "masquerade\n  }\n";
}

// The lines between the one that holds `begin` and the one that closes its block.
std::optional<std::string_view> block(std::string_view listing, const std::string& begin) {
  const std::size_t at = listing.find("\t" + begin + " {\n");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = listing.substr(at);
  return rest.substr(0, rest.find("\n\t}"));
}

// The names in quotes: in a set of interfaces there are no other quotes than those of its elements.
std::set<std::string> names_of(std::string_view listing, std::string_view set) {
  std::set<std::string> names;
  std::string_view rest = block(listing, "set " + std::string(set)).value_or("");
  for (std::size_t at = rest.find('"'); at != std::string_view::npos; at = rest.find('"')) {
    rest.remove_prefix(at + 1);
    const std::size_t end = rest.find('"');
    if (end == std::string_view::npos) break;
    if (netstate::InterfaceName::parse(rest.substr(0, end))) names.emplace(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return names;
}

// The words of a line; of none more than are of interest.
std::vector<std::string> words(std::string_view line) {
  constexpr std::size_t kEnough = 16;
  std::vector<std::string> out;
  while (out.size() < kEnough) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const std::size_t size = std::min(line.size(), line.find_first_of(" \t"));
    out.emplace_back(line.substr(0, size));
    line.remove_prefix(size);
  }
  return out;
}

// As nftables writes names: what else the kernel may hold can't be named in a command.
bool is_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

bool drops_forwarded(std::string_view line) {
  return line.find(" hook forward ") != std::string_view::npos && line.find("policy drop;") != std::string_view::npos;
}

}  // namespace

std::string make_table(const netstate::Forwarding& forwarding, const Before& before) {
  const auto name = [](const netstate::InterfaceName& mesh) { return quoted(mesh.text()); };
  std::string text =
      "add table ip6 smegmesh\n"
      "delete table ip6 smegmesh\n"
      "table ip6 smegmesh {\n" +
      make_memory(before) + make_set("meshes", "ifname", forwarding.meshes, name) +
      make_set("turned", "ifname . ifname", turned_pairs(forwarding), [](const std::string& pair) { return pair; });
  if (!forwarding.behind.empty()) text += make_prefixes("behind", forwarding.behind);
  if (!forwarding.masqueraded.empty()) text += make_prefixes("masqueraded", forwarding.masqueraded);
  return text + make_forward(forwarding, before) + make_masquerade(forwarding) + "}\n";
}

std::optional<Before> read_table(std::string_view listing) {
  const bool was_on = block(listing, "chain " + std::string(kWasOn)).has_value();
  if (!was_on && !block(listing, "chain " + std::string(kWasOff))) return std::nullopt;
  return Before{was_on, names_of(listing, kAcceptRa), names_of(listing, kForwardingOf)};
}

std::vector<DroppingChain> dropping_chains(std::string_view listing) {
  std::vector<DroppingChain> out;
  DroppingChain at;
  while (!listing.empty()) {
    const std::string_view line = listing.substr(0, listing.find('\n'));
    listing.remove_prefix(std::min(listing.size(), line.size() + 1));
    const auto parts = words(line);
    if (parts.size() >= 3 && parts[0] == "table") at = {parts[1], parts[2], {}};
    if (parts.size() >= 2 && parts[0] == "chain") at.name = parts[1];
    if (!drops_forwarded(line) || (at.family != "ip6" && at.family != "inet") || !is_name(at.table)) continue;
    if (at.family != "ip6" || at.table != "smegmesh") out.push_back(at);
  }
  return out;
}

}  // namespace smeg::netlink
