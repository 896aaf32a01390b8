#include "whois.h"

#include <algorithm>

#include "control/codec.h"
#include "control/table.h"

namespace smeg::ctl {
namespace {

using control::GuestView;
using control::Json;
using control::JsonArray;
using control::MemberView;
using control::MeshView;
using control::Snapshot;

constexpr std::size_t kShortestKey = 4;  // of a key's beginning, so that not every name is one

struct Asked {
  std::string text;
  std::optional<addr::IpAddress> address;
  std::optional<addr::Prefix> prefix;  // no single address

  explicit Asked(const std::string& asked) : text(asked) {
    if (const auto one = addr::IpAddress::parse(asked)) address = *one;
    const auto all = addr::Prefix::parse(asked);
    if (!address && all && all->length() == all->address().bits()) address = all->address();
    if (!address && all) prefix = *all;
  }

  bool is(const addr::IpAddress& other) const { return address == other; }
  bool is_name(const std::string& name) const { return !name.empty() && name == text; }
  bool begins(const std::string& key) const { return text.size() >= kShortestKey && key.starts_with(text); }
};

// Nobody has to be believed: the address follows from the mesh's id and the member's key.
bool verifies(const MeshView& mesh, const MemberView& member) {
  for (unsigned count = 0; count < addr::kAddressCounts; ++count)
    if (addr::member_address(mesh.id, member.public_key, count) == member.address) return true;
  return false;
}

JsonArray roles_of(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member) {
  JsonArray out = {name(member.role)};
  if (mesh.leader == member.public_key) out.push_back("leader");
  bool leads_out = false;
  for (const control::RouteView& route : snapshot.routes)
    leads_out |= std::ranges::any_of(route.exits, [&](const control::ExitView& exit) {
      return exit.mesh == mesh.id && exit.member == member.public_key;
    });
  if (leads_out) out.push_back("exit");
  if (std::ranges::any_of(mesh.guests, [&](const GuestView& each) { return each.sponsor == member.public_key; }))
    out.push_back("sponsor");
  return out;
}

std::vector<Finding::Fact> mesh_facts(const MeshView& mesh) {
  return {{"mesh", "meshName", control::text_or_null(mesh.name)}, {"mesh id", "mesh", control::to_text(mesh.id)}};
}

Finding finding_of(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member) {
  Finding out{"member", mesh_facts(mesh)};
  const std::vector<Finding::Fact> facts = {
      {"alias", "alias", control::text_or_null(member.alias)},
      {"address", "address", member.address.to_string()},
      {"verifies", "verifies", verifies(mesh, member)},
      {"identity key", "publicKey", control::to_text(member.public_key)},
      {"WireGuard key", "wgPublicKey",
       control::or_null(member.wg_public_key, [](const auto& key) { return control::to_text(key); })},
      {"roles", "roles", roles_of(snapshot, mesh, member)},
      {"state", "state", name(member.state)},
      {"this host", "self", member.self},
      {"description", "description", control::text_or_null(member.description)}};
  out.facts.insert(out.facts.end(), facts.begin(), facts.end());
  return out;
}

Finding finding_of(const MeshView& mesh, const GuestView& guest) {
  Finding out{"guest", mesh_facts(mesh)};
  const auto sponsor = std::ranges::find(mesh.members, guest.sponsor, &MemberView::public_key);
  const bool known = sponsor != mesh.members.end();
  const bool fits = addr::guest_address(mesh.id, guest.sponsor, guest.wg_public_key) == guest.address;
  const std::vector<Finding::Fact> facts = {{"name", "name", guest.name},
                                            {"address", "address", guest.address.to_string()},
                                            {"verifies", "verifies", fits},
                                            {"WireGuard key", "wgPublicKey", control::to_text(guest.wg_public_key)},
                                            {"sponsor", "sponsorName", known ? Json(control::label(*sponsor)) : Json()},
                                            {"sponsor's key", "sponsor", control::to_text(guest.sponsor)},
                                            {"state", "state", name(guest.state)}};
  out.facts.insert(out.facts.end(), facts.begin(), facts.end());
  return out;
}

Finding finding_of(const MeshView& mesh) {
  Finding out{"mesh", mesh_facts(mesh)};
  const std::vector<Finding::Fact> facts = {{"prefix", "prefix", mesh.prefix.to_string()},
                                            {"verifies", "verifies", addr::mesh_prefix(mesh.id) == mesh.prefix},
                                            {"state", "state", name(mesh.state)},
                                            {"members", "members", mesh.members.size()}};
  out.facts.insert(out.facts.end(), facts.begin(), facts.end());
  return out;
}

// A prefix outside of this host's meshes: as far as those on the way say.
Finding finding_of(const Snapshot& snapshot, const control::RouteView& route) {
  Finding out{"route", {{"prefix", "prefix", route.prefix.to_string()}}};
  if (!route.exits.empty()) {
    const MeshId& origin = route.exits.front().path.front();
    const bool is_mesh = addr::mesh_prefix(origin) == route.prefix;
    out.facts.push_back({is_mesh ? "mesh id" : "behind the mesh", "mesh", control::to_text(origin)});
    out.facts.push_back({"prefix of the mesh", "verifies", is_mesh});
  }
  JsonArray exits;
  for (const control::ExitView& exit : route.exits)
    exits.push_back(control::exit_label(snapshot, exit) + " of " + control::mesh_label(snapshot, exit.mesh) + " (" +
                    std::string(name(exit.state)) + ")");
  out.facts.push_back({"exits", "exits", std::move(exits)});
  return out;
}

void find_in(const Snapshot& snapshot, const MeshView& mesh, const Asked& asked, std::vector<Finding>& out) {
  const bool inside = asked.prefix && mesh.prefix.contains(*asked.prefix);
  const std::string id = control::to_text(mesh.id);
  if (inside || asked.is_name(mesh.name) || asked.begins(id)) out.push_back(finding_of(mesh));
  for (const MemberView& member : mesh.members) {
    const bool by_wg_key = member.wg_public_key && asked.is_name(control::to_text(*member.wg_public_key));
    if (asked.is(member.address) || asked.is_name(member.alias) || by_wg_key ||
        asked.begins(control::to_text(member.public_key)))
      out.push_back(finding_of(snapshot, mesh, member));
  }
  for (const GuestView& guest : mesh.guests)
    if (asked.is(guest.address) || asked.is_name(guest.name) || asked.is_name(control::to_text(guest.wg_public_key)))
      out.push_back(finding_of(mesh, guest));
}

// The most specific way, and only to what is in none of this host's meshes.
void find_way(const Snapshot& snapshot, const Asked& asked, std::vector<Finding>& out) {
  if (!asked.address && !asked.prefix) return;
  const addr::Prefix wanted = asked.prefix ? *asked.prefix : addr::Prefix::host(*asked.address);
  for (const MeshView& mesh : snapshot.meshes)
    if (mesh.prefix.contains(wanted)) return;
  const control::RouteView* best = nullptr;
  for (const control::RouteView& route : snapshot.routes)
    if (route.prefix.contains(wanted) && (!best || route.prefix.length() > best->prefix.length())) best = &route;
  if (best) out.push_back(finding_of(snapshot, *best));
}

std::string words_of(const Json& value) {
  if (value.is_null()) return "-";
  if (const auto* text = value.as<std::string>()) return printable(*text);
  if (const auto* flag = value.as<bool>()) return *flag ? "yes" : "no";
  if (const auto* list = value.as<JsonArray>()) {
    std::string out;
    for (const Json& each : *list) out += (out.empty() ? "" : ", ") + words_of(each);
    return out.empty() ? "-" : out;
  }
  return value.dump();
}

control::Cell cell_of(const Finding::Fact& fact) {
  using control::Style;
  const auto* verified = fact.name == "verifies" ? fact.value.as<bool>() : nullptr;
  if (!verified) return words_of(fact.value);
  return *verified ? control::Cell("yes: it follows from the mesh's id and the key", Style::good)
                   : control::Cell("NO: it does not follow from the mesh's id and the key", Style::bad);
}

}  // namespace

Result<std::vector<Finding>> whois(const Snapshot& snapshot, const std::string& text) {
  const Asked asked(text);
  std::vector<Finding> out;
  for (const MeshView& mesh : snapshot.meshes) find_in(snapshot, mesh, asked, out);
  if (out.empty()) find_way(snapshot, asked, out);
  if (!out.empty()) return out;
  return fail(Code::not_found, "nothing known here is called or has '" + text + "'",
              "write an address, a prefix, an alias, a mesh's name, or four letters or more of a key; `smegctl mesh "
              "show` has them all");
}

std::string whois_table(const std::vector<Finding>& found, const control::Look& look) {
  std::string out;
  for (const Finding& each : found) {
    control::Table table(0, look);
    table.row({"kind", {each.kind, control::Style::heading}});
    for (const Finding::Fact& fact : each.facts) table.row({fact.name, cell_of(fact)});
    out += (out.empty() ? "" : "\n") + table.text();
  }
  return out;
}

std::string whois_json(const std::string& text, const std::vector<Finding>& found) {
  JsonArray list;
  for (const Finding& each : found) {
    control::JsonObject object = {{"kind", each.kind}};
    for (const Finding::Fact& fact : each.facts) object.push_back({fact.field, fact.value});
    list.push_back(std::move(object));
  }
  return control::with_schema({{"asked", text}, {"found", std::move(list)}});
}

}  // namespace smeg::ctl
