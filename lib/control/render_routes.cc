#include "control/render_routes.h"

#include <algorithm>
#include <map>
#include <set>

#include "control/codec.h"
#include "control/lookup.h"
#include "control/render.h"
#include "control/table.h"
#include "control/topology.h"

namespace smeg::control {
namespace {

// "office > 7f3qk2ab > fpm3d6xa": from here to there.
std::string path_of(const Snapshot& snapshot, const ExitView& exit) {
  std::string out;
  for (auto mesh = exit.path.rbegin(); mesh != exit.path.rend(); ++mesh)
    out += (out.empty() ? "" : " > ") + mesh_label(snapshot, *mesh);
  return out;
}

Cell route_state(const RouteView& route) {
  if (chosen(route)) {
    const auto others = std::ranges::count(route.exits, ExitState::equal, &ExitView::state);
    return {others == 0 ? "one exit" : std::to_string(others + 1) + " exits", Style::good};
  }
  if (route.starving) return {"waiting for a way that can't lead in a circle", Style::warning};
  return {"no exit is reachable", Style::bad};
}

std::string hops_text(std::uint32_t hops) { return std::to_string(hops) + (hops == 1 ? " hop" : " hops"); }

Row exit_row(const Snapshot& snapshot, const ExitView& exit) {
  return {exit_label(snapshot, exit), mesh_label(snapshot, exit.mesh), std::to_string(exit.hops),
          std::to_string(exit.cost),  std::to_string(exit.weight),     std::to_string(exit.mtu),
          cell(exit.state),           path_of(snapshot, exit)};
}

// Into a row of route_table, as many columns as it has.
void fill_exit(Row& row, const Snapshot& snapshot, const ExitView& exit) {
  row[1].text = std::to_string(exit.hops);
  row[2].text = exit_label(snapshot, exit);
  row[3].text = mesh_label(snapshot, exit.mesh);
  row[4].text = std::to_string(exit.mtu);
  if (row.size() < 9) return;
  row[6].text = std::to_string(exit.cost);
  row[7].text = std::to_string(exit.weight);
  row[8].text = path_of(snapshot, exit);
}

Json json_of(const Snapshot& snapshot, const RouteView& route) {
  Json out = route_to_json(route);
  const ExitView* exit = chosen(route);
  const MemberView* member = exit ? member_of(snapshot, exit->mesh, exit->member) : nullptr;
  auto& fields = std::get<JsonObject>(out.value);
  fields.push_back({"nextHost", member ? Json(member->address.to_string()) : Json()});
  return out;
}

std::string explain_own(const MeshView& mesh, const addr::IpAddress& destination) {
  const std::string in = " in " + label(mesh) + ", which this host is in";
  for (const MemberView& member : mesh.members) {
    if (member.address != destination || member.state == MemberState::revoked) continue;
    if (member.self) return destination.to_string() + " is this host itself" + in + ".\n";
    return destination.to_string() + " is " + label(member) + in + "; it is " + std::string(name(member.state)) +
           ". Its tunnel leads there.\n";
  }
  for (const GuestView& guest : mesh.guests)
    if (guest.address == destination)
      return destination.to_string() + " is the guest " + label(guest) + in + "; its sponsor passes packets on.\n";
  return destination.to_string() + " is nobody's address" + in + ".\n";
}

std::string explain_choice(const Snapshot& snapshot, const RouteView& route, const addr::IpAddress& destination) {
  std::string out = destination.to_string() + " is in " + route.prefix.to_string();
  const ExitView* exit = chosen(route);
  if (!exit) return out + ", and " + route_state(route).text + ".\n";
  const MemberView* member = member_of(snapshot, exit->mesh, exit->member);
  out += ", " + hops_text(exit->hops) + " away: " + path_of(snapshot, *exit) + ".\n";
  out += "The next host is " + exit_label(snapshot, *exit) + (member ? ", " + member->address.to_string() : "") +
         ", in " + mesh_label(snapshot, exit->mesh) + ". Packets of up to " + std::to_string(exit->mtu) +
         " bytes pass, as those on the way say.\n";
  const auto equals = std::ranges::count(route.exits, ExitState::equal, &ExitView::state);
  if (equals > 0)
    out += std::to_string(equals) + (equals == 1 ? " other exit is" : " other exits are") +
           " as good; each host picks one by a hash of its key and the exits', by their weights.\n";
  return out;
}

using ExitKey = std::pair<MeshId, crypto::IdentityKey>;

struct Exit {
  std::size_t prefixes = 0;
  std::size_t chosen = 0;
  bool draining = false;
  bool reachable = false;
};

std::map<ExitKey, Exit> exits_of(const Snapshot& snapshot) {
  std::map<ExitKey, Exit> out;
  for (const RouteView& route : snapshot.routes) {
    for (const ExitView& exit : route.exits) {
      Exit& at = out[{exit.mesh, exit.member}];
      ++at.prefixes;
      at.chosen += exit.state == ExitState::chosen;
      at.draining |= exit.state == ExitState::draining;
      at.reachable |= exit.state != ExitState::unreachable;
    }
  }
  return out;
}

Cell state_of(const Exit& exit) {
  if (!exit.reachable) return {"unreachable", Style::bad};
  return exit.draining ? Cell("draining", Style::warning) : Cell("ready", Style::good);
}

// A member of one mesh of ours that is in another mesh too: it leads there with one hop.
struct Bridge {
  MeshId from;
  MeshId to;
  crypto::IdentityKey member;
  bool reachable = true;
};

std::vector<Bridge> bridges_of(const Snapshot& snapshot) {
  std::vector<Bridge> out;
  for (const RouteView& route : snapshot.routes)
    for (const ExitView& exit : route.exits)
      if (exit.hops == 1)
        out.push_back({exit.mesh, exit.path.front(), exit.member, exit.state != ExitState::unreachable});
  return out;
}

}  // namespace

std::string route_table(const Snapshot& snapshot, const Look& look) {
  if (snapshot.routes.empty())
    return "Nothing is known outside of this host's meshes: no member of them bridges to another mesh.\n";
  Table table(0, look);
  std::vector<std::string> head = {"DESTINATION", "HOPS", "EXIT", "MESH", "MTU", "STATE"};
  if (look.wide) head.insert(head.end(), {"COST", "WEIGHT", "PATH"});
  table.head(std::move(head));
  for (const RouteView& route : snapshot.routes) {
    const ExitView* exit = chosen(route);
    Row row = {route.prefix.to_string(), "-", "-", "-", "-", route_state(route)};
    if (look.wide) row.insert(row.end(), {"-", "-", "-"});
    if (exit) fill_exit(row, snapshot, *exit);
    table.row(std::move(row));
  }
  return table.text();
}

std::string route_json(const Snapshot& snapshot) {
  JsonArray list;
  for (const RouteView& route : snapshot.routes) list.push_back(json_of(snapshot, route));
  return with_schema({{"routes", std::move(list)}});
}

std::string route_explanation(const Snapshot& snapshot, const addr::IpAddress& destination, const Look& look) {
  if (const MeshView* own = own_mesh(snapshot, destination)) return explain_own(*own, destination);
  const RouteView* route = route_for(snapshot, destination);
  if (!route)
    return "Nobody in this host's meshes leads to " + destination.to_string() +
           "; smegd leaves such packets to the rest of the system.\n";
  std::string out = explain_choice(snapshot, *route, destination);
  Table table(2, look);
  table.head({"EXIT", "MESH", "HOPS", "COST", "WEIGHT", "MTU", "STATE", "PATH"});
  for (const ExitView& exit : route->exits) table.row(exit_row(snapshot, exit));
  return out + table.text();
}

std::string route_explanation_json(const Snapshot& snapshot, const addr::IpAddress& destination) {
  const MeshView* own = own_mesh(snapshot, destination);
  const RouteView* route = own ? nullptr : route_for(snapshot, destination);
  return with_schema({{"destination", destination.to_string()},
                      {"ownMesh", own ? Json(to_text(own->id)) : Json()},
                      {"route", route ? json_of(snapshot, *route) : Json()}});
}

std::string exit_table(const Snapshot& snapshot, const Look& look) {
  std::string out =
      snapshot.daemon.draining ? "This host is drained: others send through it only what they must.\n" : "";
  const auto exits = exits_of(snapshot);
  if (exits.empty()) return out + "No member of this host's meshes leads out of them.\n";
  Table table(0, look);
  table.head({"EXIT", "MESH", "LEADS TO", "CHOSEN FOR", "STATE"});
  for (const auto& [key, exit] : exits) {
    const ExitView at{.mesh = key.first, .member = key.second, .path = {}};
    table.row({exit_label(snapshot, at), mesh_label(snapshot, key.first), std::to_string(exit.prefixes),
               std::to_string(exit.chosen), state_of(exit)});
  }
  return out + table.text();
}

JsonArray exits_to_json(const Snapshot& snapshot) {
  JsonArray list;
  for (const auto& [key, exit] : exits_of(snapshot))
    list.push_back(JsonObject{{"mesh", to_text(key.first)},
                              {"member", to_text(key.second)},
                              {"prefixes", exit.prefixes},
                              {"chosen", exit.chosen},
                              {"state", state_of(exit).text}});
  return list;
}

std::string exit_json(const Snapshot& snapshot) {
  return with_schema({{"draining", snapshot.daemon.draining}, {"exits", exits_to_json(snapshot)}});
}

std::string bridge_table(const Snapshot& snapshot, const Look& look) {
  const auto bridges = bridges_of(snapshot);
  if (bridges.empty()) return "No member of this host's meshes bridges to another mesh.\n";
  Table table(0, look);
  table.head({"BRIDGE", "MESH", "TO", "STATE"});
  for (const Bridge& bridge : bridges) {
    const ExitView at{.mesh = bridge.from, .member = bridge.member, .path = {}};
    table.row({exit_label(snapshot, at), mesh_label(snapshot, bridge.from), mesh_label(snapshot, bridge.to),
               bridge.reachable ? Cell("ready", Style::good) : Cell("unreachable", Style::bad)});
  }
  return table.text();
}

JsonArray bridges_to_json(const Snapshot& snapshot) {
  JsonArray list;
  for (const Bridge& bridge : bridges_of(snapshot))
    list.push_back(JsonObject{{"mesh", to_text(bridge.from)},
                              {"member", to_text(bridge.member)},
                              {"to", to_text(bridge.to)},
                              {"reachable", bridge.reachable}});
  return list;
}

std::string bridge_json(const Snapshot& snapshot) { return with_schema({{"bridges", bridges_to_json(snapshot)}}); }

namespace {

std::size_t usable(const RouteView& route, const MeshId& mesh, const crypto::IdentityKey& without) {
  return static_cast<std::size_t>(std::ranges::count_if(route.exits, [&](const ExitView& exit) {
    return exit.state != ExitState::unreachable && !(exit.mesh == mesh && exit.member == without);
  }));
}

bool leads_to(const RouteView& route, const MeshId& mesh, const crypto::IdentityKey& member) {
  return std::ranges::any_of(route.exits, [&](const ExitView& exit) {
    return exit.mesh == mesh && exit.member == member && exit.state != ExitState::unreachable;
  });
}

// The mesh of a prefix, where one of ours knows its id.
std::string prefix_label(const Snapshot& snapshot, const RouteView& route) {
  return route.exits.empty()
             ? route.prefix.to_string()
             : route.prefix.to_string() + " (" + mesh_label(snapshot, route.exits.front().path.front()) + ")";
}

const RouteView* route_of(const Snapshot& snapshot, const addr::Prefix& prefix) {
  const auto at = std::ranges::find(snapshot.routes, prefix, &RouteView::prefix);
  return at == snapshot.routes.end() ? nullptr : &*at;
}

std::string host_label(const Snapshot& snapshot, const addr::IpAddress& address) {
  for (const MeshView& mesh : snapshot.meshes)
    for (const MemberView& member : mesh.members)
      if (member.address == address && member.state != MemberState::revoked)
        return label(member) + " in " + mesh_label(snapshot, mesh.id);
  const RouteView* route = route_for(snapshot, address);
  if (!route || route->exits.empty()) return "";
  return "in " + mesh_label(snapshot, route->exits.front().path.front());
}

// Some meshes by name, and how many others there are.
std::string meshes_label(const Snapshot& snapshot, const std::vector<MeshId>& meshes) {
  constexpr std::size_t kNamed = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(kNamed, meshes.size()); ++i)
    out += (i == 0 ? "" : ", ") + mesh_label(snapshot, meshes[i]);
  if (meshes.size() > kNamed) out += " and " + std::to_string(meshes.size() - kNamed) + " more";
  return out;
}

std::string falling_apart(const Snapshot& snapshot, const std::vector<std::vector<MeshId>>& parts) {
  std::string out;
  for (const std::vector<MeshId>& part : parts)
    out += (out.empty() ? "meshes that lose each other: " : " | ") + meshes_label(snapshot, part);
  return out;
}

std::string single_way(const Snapshot& snapshot, const SinglePoint& point) {
  const ExitView at{.mesh = point.host.mesh, .member = point.host.member, .path = {}};
  std::string out =
      point.host.self ? "this host" : exit_label(snapshot, at) + " of " + mesh_label(snapshot, point.host.mesh);
  out += " is the only way between ";
  for (const std::vector<MeshId>& part : point.parts)
    out += (&part == &point.parts.front() ? "" : " and ") + meshes_label(snapshot, part);
  return out;
}

std::string rtt_text(double milliseconds) {
  const auto hundredths = static_cast<std::uint64_t>(milliseconds * 100 + 0.5);
  const std::string rest = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + '.' + (rest.size() == 1 ? "0" : "") + rest + " ms";
}

}  // namespace

Losses losses_without(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member) {
  Losses out;
  if (auto point = single_point(snapshot, mesh.id, member.public_key)) out.parts = std::move(point->parts);
  for (const RouteView& route : snapshot.routes) {
    if (!leads_to(route, mesh.id, member.public_key)) continue;
    const std::size_t left = usable(route, mesh.id, member.public_key);
    if (left == 0) out.lost.push_back(route.prefix);
    if (left == 1) out.at_risk.push_back(route.prefix);
  }
  for (const GuestView& guest : mesh.guests)
    if (guest.sponsor == member.public_key) out.guests.push_back(guest);
  return out;
}

JsonArray parts_to_json(const std::vector<std::vector<MeshId>>& parts) {
  JsonArray out;
  for (const std::vector<MeshId>& part : parts) {
    JsonArray meshes;
    for (const MeshId& mesh : part) meshes.push_back(to_text(mesh));
    out.push_back(std::move(meshes));
  }
  return out;
}

std::string plan_table(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member) {
  const Losses losses = losses_without(snapshot, mesh, member);
  const std::string who = label(member) + " of " + label(mesh);
  std::string out;
  if (!losses.parts.empty()) out += "  " + falling_apart(snapshot, losses.parts) + '\n';
  for (const addr::Prefix& prefix : losses.lost)
    out += "  lost: " + prefix_label(snapshot, *route_of(snapshot, prefix)) + ", to which nobody else leads\n";
  for (const addr::Prefix& prefix : losses.at_risk)
    out += "  one way left: " + prefix_label(snapshot, *route_of(snapshot, prefix)) + '\n';
  for (const GuestView& guest : losses.guests) out += "  lost: its guest " + label(guest) + '\n';
  if (out.empty()) return "Without " + who + " nothing else is lost, as far as this host is told.\n";
  return "Without " + who + ", as far as this host is told:\n" + out;
}

std::string plan_json(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member) {
  const Losses losses = losses_without(snapshot, mesh, member);
  const auto texts = [](const std::vector<addr::Prefix>& prefixes) {
    JsonArray list;
    for (const addr::Prefix& prefix : prefixes) list.push_back(prefix.to_string());
    return list;
  };
  JsonArray guests;
  for (const GuestView& guest : losses.guests) guests.push_back(guest.name);
  return with_schema({{"mesh", to_text(mesh.id)},
                      {"member", to_text(member.public_key)},
                      {"parts", parts_to_json(losses.parts)},
                      {"lost", texts(losses.lost)},
                      {"oneWayLeft", texts(losses.at_risk)},
                      {"guests", std::move(guests)}});
}

std::vector<std::string> single_ways(const Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const SinglePoint& point : single_points(snapshot)) out.push_back(single_way(snapshot, point));
  // Networks behind members; to another mesh there is one exit where a bridge is a single point, and that was said.
  std::map<ExitKey, std::vector<const RouteView*>> alone;
  for (const RouteView& route : snapshot.routes) {
    const auto is_usable = [](const ExitView& exit) { return exit.state != ExitState::unreachable; };
    if (std::ranges::count_if(route.exits, is_usable) != 1) continue;
    const auto only = std::ranges::find_if(route.exits, is_usable);
    if (route.prefix == addr::mesh_prefix(only->path.front())) continue;
    alone[{only->mesh, only->member}].push_back(&route);
  }
  for (const auto& [key, routes] : alone) {
    const ExitView at{.mesh = key.first, .member = key.second, .path = {}};
    const std::string what =
        routes.size() == 1 ? prefix_label(snapshot, *routes.front()) : std::to_string(routes.size()) + " networks";
    out.push_back(exit_label(snapshot, at) + " of " + mesh_label(snapshot, key.first) + " is the only way to " + what);
  }
  return out;
}

std::string trace_line(const Snapshot& snapshot, std::size_t number, const TraceHop& hop) {
  std::string out = (number < 10 ? " " : "") + std::to_string(number) + "  ";
  if (!hop.from) return out + "*\n";
  const std::string who = host_label(snapshot, *hop.from);
  return out + hop.from->to_string() + (who.empty() ? "" : "  " + who) + "  " + rtt_text(hop.rtt_ms) +
         (hop.unreachable ? "  has no way further" : "") + '\n';
}

std::string trace_json(const Snapshot& snapshot, const addr::IpAddress& destination,
                       const std::vector<TraceHop>& hops) {
  JsonArray list;
  for (const TraceHop& hop : hops) {
    Json rtt;
    if (hop.from) rtt.value = hop.rtt_ms;
    const std::string who = hop.from ? host_label(snapshot, *hop.from) : "";
    list.push_back(JsonObject{{"address", hop.from ? Json(hop.from->to_string()) : Json()},
                              {"host", text_or_null(who)},
                              {"rttMs", rtt},
                              {"arrived", hop.arrived},
                              {"unreachable", hop.unreachable}});
  }
  return with_schema({{"destination", destination.to_string()},
                      {"arrived", !hops.empty() && hops.back().arrived},
                      {"hops", std::move(list)}});
}

std::string trace_verdict(const Snapshot& snapshot, const addr::IpAddress& destination,
                          const std::vector<TraceHop>& hops) {
  if (!hops.empty() && hops.back().arrived) return "";
  const auto answered =
      std::find_if(hops.rbegin(), hops.rend(), [](const TraceHop& hop) { return hop.from.has_value(); });
  if (answered == hops.rend())
    return "not even the first host on the way answered; " + route_explanation(snapshot, destination);
  const std::string who = host_label(snapshot, *answered->from);
  return "packets come as far as " + answered->from->to_string() + (who.empty() ? "" : " (" + who + ")") +
         (answered->unreachable ? ", which has no way further" : "; whoever comes next does not answer");
}

Result<addr::IpAddress> find_destination(const Snapshot& snapshot, std::string_view text) {
  if (auto address = addr::IpAddress::parse(text)) return address;
  if (const auto prefix = addr::Prefix::parse(text)) return prefix->address();
  if (const auto id = parse_mesh_id(text)) return addr::mesh_prefix(*id).address();
  std::optional<Error> problem;
  std::set<addr::IpAddress> found;
  for (const MeshView& mesh : snapshot.meshes) {
    const auto member = find_member(mesh, {std::string(text)});
    if (member) found.insert((*member)->address);
    if (!member && (!problem || member.error().code == Code::conflict)) problem = member.error();
  }
  if (found.size() == 1) return *found.begin();
  if (found.size() > 1)
    return fail(Code::conflict, "members of several meshes are called '" + std::string(text) + "'",
                "write the address");
  if (problem) return fail(*problem);
  return fail(Code::not_found, "this host is in no mesh", "write an address");
}

}  // namespace smeg::control
