#include "netlink/ruleset.h"

#include <algorithm>
#include <iterator>
#include <map>

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

// Meshes for which the same lies beyond, by all of their interfaces; and the number that tells their sets from others'.
struct Group {
  std::string number;
  std::set<std::string> interfaces;
  netstate::Beyond beyond;

  std::string from() const { return "iifname " + any_of_them(); }
  std::string to() const { return "oifname " + any_of_them(); }
  std::string behind() const { return "behind_" + number; }
  std::string masqueraded() const { return "masqueraded_" + number; }

 private:
  std::string any_of_them() const {
    std::string text;
    for (const std::string& name : interfaces) text += (text.empty() ? "{ " : ", ") + quoted(name);
    return text + " }";
  }
};

netstate::InterfaceName main_of(const netstate::Forwarding& forwarding, const netstate::InterfaceName& name) {
  const auto lane = forwarding.lanes.find(name);
  return lane == forwarding.lanes.end() ? name : lane->second;
}

std::vector<Group> groups_of(const netstate::Forwarding& forwarding) {
  std::map<netstate::Beyond, std::set<std::string>> interfaces;
  for (const auto& name : forwarding.meshes) {
    const auto at = forwarding.beyond.find(main_of(forwarding, name));
    if (at != forwarding.beyond.end()) interfaces[at->second].insert(name.text());
  }
  std::vector<Group> out;
  out.reserve(interfaces.size());
  for (const auto& [beyond, names] : interfaces) out.push_back({std::to_string(out.size() + 1), names, beyond});
  return out;
}

std::string make_sets(const Group& group) {
  std::string text;
  if (!group.beyond.behind.empty()) text += make_prefixes(group.behind(), group.beyond.behind);
  if (!group.beyond.masqueraded.empty()) text += make_prefixes(group.masqueraded(), group.beyond.masqueraded);
  return text;
}

std::string make_accepts(const Group& group) {
  std::string text;
  if (!group.beyond.behind.empty()) {
    text += "    " + group.from() + " ip6 daddr @" + group.behind() + " accept\n" +  //
            "    " + group.to() + " ip6 saddr @" + group.behind() + " accept\n";
  }
  if (!group.beyond.masqueraded.empty()) {
    text += "    " + group.from() + " ip6 saddr @" + group.masqueraded() + " accept\n" +  //
            "    " + group.to() + " ct state established,related ct status snat accept\n";
  }
  return text;
}

// Where the host forwarded before, what others send through it is none of our business; otherwise it passes nothing
// that it didn't pass before.
std::string make_forward(const std::vector<Group>& groups, const Before& before) {
  std::string text =
      "  chain forward {\n"
      "    type filter hook forward priority filter; policy drop;\n";
  if (before.forwarding) text += "    iifname != @meshes oifname != @meshes accept\n";
  text +=
      "    iifname . oifname @turned drop\n"
      "    tcp flags syn tcp option maxseg size set rt mtu\n"
      "    iifname @meshes oifname @meshes accept\n";
  for (const Group& group : groups) text += make_accepts(group);
  return text + "  }\n";
}

// Pairs of interfaces that nothing passes between: those of one mesh, unless packets may go back over it, and those
// apart with all.
std::set<std::string> turned_pairs(const netstate::Forwarding& forwarding) {
  std::set<std::string> pairs;
  for (const auto& from : forwarding.meshes) {
    for (const auto& to : forwarding.meshes) {
      const auto one = main_of(forwarding, from), other = main_of(forwarding, to);
      const bool apart = forwarding.apart.contains(one) || forwarding.apart.contains(other);
      if (one == other ? !forwarding.back.contains(one) : apart)
        pairs.insert(quoted(from.text()) + " . " + quoted(to.text()));
    }
  }
  return pairs;
}

std::string make_masquerade(const std::vector<Group>& groups) {
  std::string rules;
  for (const Group& group : groups) {
    if (group.beyond.masqueraded.empty()) continue;
    rules += "    " + group.from() + " oifname != @meshes ip6 saddr @" + group.masqueraded();
    if (!group.beyond.behind.empty()) rules += " ip6 daddr != @" + group.behind();
    rules += " masquerade\n";
  }
  if (rules.empty()) return {};
  return "  chain postrouting {\n    type nat hook postrouting priority srcnat;\n" + rules + "  }\n";
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
  const std::vector<Group> groups = groups_of(forwarding);
  for (const Group& group : groups) text += make_sets(group);
  return text + make_forward(groups, before) + make_masquerade(groups) + "}\n";
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
