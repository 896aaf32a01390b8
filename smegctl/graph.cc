#include "graph.h"

#include <algorithm>
#include <map>

#include "control/codec.h"
#include "control/table.h"

namespace smeg::ctl {
namespace {

using control::MeshView;
using control::Snapshot;

constexpr std::size_t kShortId = 8;

// Makes the graph of one Snapshot. Single use.
class Builder {
 public:
  explicit Builder(const Snapshot& snapshot) : snapshot_(snapshot) {}

  Graph build() {
    for (const MeshView& mesh : snapshot_.meshes) add_mesh(mesh);
    for (const control::RouteView& route : snapshot_.routes) add_route(route);
    for (std::size_t i = 1; i < selves_.size(); ++i)
      graph_.edges.push_back({selves_[i - 1], selves_[i], EdgeKind::host, "this host", true});
    return std::move(graph_);
  }

 private:
  std::size_t add(GraphNode node) {
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }

  void add_mesh(const MeshView& mesh) {
    const std::size_t hub = add({control::to_text(mesh.id),
                                 control::label(mesh),
                                 NodeKind::mesh,
                                 std::string(name(mesh.state)),
                                 {},
                                 {mesh.prefix.to_string()}});
    for (const control::MemberView& member : mesh.members) {
      if (member.state == control::MemberState::revoked) continue;
      GraphNode node{
          control::to_text(member.public_key), control::label(member),           NodeKind::member,
          std::string(name(member.state)),     {std::string(name(member.role))}, {member.address.to_string()}};
      if (mesh.leader == member.public_key) node.roles.push_back("leader");
      if (member.self) node.roles.push_back("self");
      const std::size_t index = add(std::move(node));
      members_[{mesh.id, member.public_key}] = index;
      if (member.self) selves_.push_back(index);
      graph_.edges.push_back({hub, index, EdgeKind::member});
      add_services(member, index);
    }
    for (const control::GuestView& guest : mesh.guests) {
      const auto sponsor = members_.find({mesh.id, guest.sponsor});
      if (sponsor == members_.end()) continue;
      const std::size_t index = add({guest.address.to_string(),
                                     control::label(guest),
                                     NodeKind::guest,
                                     std::string(name(guest.state)),
                                     {},
                                     {guest.address.to_string()}});
      graph_.edges.push_back({sponsor->second, index, EdgeKind::guest});
    }
  }

  void add_services(const control::MemberView& member, std::size_t at) {
    for (const Service& service : member.services) {
      const std::string where = std::to_string(service.port) + '/' + std::string(name(service.protocol));
      const std::string id = control::to_text(member.public_key) + ' ' + service.name + ' ' + where;
      graph_.edges.push_back({at, add({id, service.name + ' ' + where, NodeKind::service, ""}), EdgeKind::service});
    }
  }

  // The prefix of a mesh elsewhere is called by that mesh's id.
  void add_route(const control::RouteView& route) {
    const bool has_origin = !route.exits.empty() && !route.exits.front().path.empty();
    const bool is_mesh = has_origin && addr::mesh_prefix(route.exits.front().path.front()) == route.prefix;
    const std::string prefix = route.prefix.to_string();
    const std::string id = is_mesh ? control::to_text(route.exits.front().path.front()) : prefix;
    const std::size_t there =
        add({id, is_mesh ? id.substr(0, kShortId) : prefix, NodeKind::elsewhere, "", {}, {prefix}});
    for (const control::ExitView& exit : route.exits) {
      const auto member = members_.find({exit.mesh, exit.member});
      if (member == members_.end()) continue;
      auto& roles = graph_.nodes[member->second].roles;
      if (std::ranges::find(roles, "exit") == roles.end()) roles.push_back("exit");
      const std::string hops = std::to_string(exit.hops) + (exit.hops == 1 ? " hop, " : " hops, ");
      graph_.edges.push_back({member->second, there, EdgeKind::exit, hops + std::string(name(exit.state)),
                              exit.state == control::ExitState::chosen});
    }
  }

  const Snapshot& snapshot_;
  Graph graph_;
  std::map<std::pair<MeshId, crypto::IdentityKey>, std::size_t> members_;
  std::vector<std::size_t> selves_;
};

control::JsonArray list_of(const std::vector<std::string>& texts) {
  control::JsonArray out;
  for (const std::string& text : texts) out.push_back(text);
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string line_of(const GraphNode& node) {
  const std::string roles = joined(node.roles);
  return node.label + (node.state.empty() ? "" : "  " + node.state) + (roles.empty() ? "" : "  (" + roles + ")") +
         (node.addresses.empty() ? "" : "  " + node.addresses.front());
}

// What hangs at a node, other than where this host is besides.
std::vector<const GraphEdge*> edges_of(const Graph& graph, std::size_t node) {
  std::vector<const GraphEdge*> out;
  for (const GraphEdge& edge : graph.edges)
    if (edge.from == node && edge.kind != EdgeKind::host) out.push_back(&edge);
  return out;
}

}  // namespace

std::string_view name(NodeKind kind) {
  switch (kind) {
    case NodeKind::mesh: return "mesh";
    case NodeKind::member: return "member";
    case NodeKind::guest: return "guest";
    case NodeKind::service: return "service";
    case NodeKind::elsewhere: return "elsewhere";
  }
  return "";
}

std::string_view name(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::member: return "member";
    case EdgeKind::guest: return "guest";
    case EdgeKind::service: return "service";
    case EdgeKind::exit: return "exit";
    case EdgeKind::host: return "host";
  }
  return "";
}

Graph graph_of(const Snapshot& snapshot) { return Builder(snapshot).build(); }

Result<Drawing> parse_drawing(std::string_view text) {
  if (text == "dot") return Drawing::dot;
  if (text == "svg") return Drawing::svg;
  if (text == "json") return Drawing::json;
  if (text == "netjson") return Drawing::netjson;
  if (text == "ascii") return Drawing::ascii;
  return fail(Code::malformed, "'" + std::string(text) + "' is no kind of drawing",
              "use dot, svg, json, netjson or ascii");
}

std::string graph_json(const Graph& graph) {
  control::JsonArray nodes;
  for (const GraphNode& node : graph.nodes)
    nodes.push_back(control::JsonObject{{"id", node.id},
                                        {"label", node.label},
                                        {"kind", name(node.kind)},
                                        {"state", control::text_or_null(node.state)},
                                        {"roles", list_of(node.roles)},
                                        {"addresses", list_of(node.addresses)}});
  control::JsonArray edges;
  for (const GraphEdge& edge : graph.edges)
    edges.push_back(control::JsonObject{{"from", graph.nodes[edge.from].id},
                                        {"to", graph.nodes[edge.to].id},
                                        {"kind", name(edge.kind)},
                                        {"label", control::text_or_null(edge.label)},
                                        {"used", edge.used}});
  return control::with_schema({{"nodes", std::move(nodes)}, {"edges", std::move(edges)}});
}

std::string graph_netjson(const Graph& graph) {
  control::JsonArray nodes;
  for (const GraphNode& node : graph.nodes)
    nodes.push_back(control::JsonObject{{"id", node.id},
                                        {"label", node.label},
                                        {"local_addresses", list_of(node.addresses)},
                                        {"properties", control::JsonObject{{"kind", name(node.kind)},
                                                                           {"state", control::text_or_null(node.state)},
                                                                           {"roles", list_of(node.roles)}}}});
  control::JsonArray links;
  for (const GraphEdge& edge : graph.edges)
    links.push_back(control::JsonObject{{"source", graph.nodes[edge.from].id},
                                        {"target", graph.nodes[edge.to].id},
                                        {"cost", 1},
                                        {"properties", control::JsonObject{{"kind", name(edge.kind)},
                                                                           {"label", control::text_or_null(edge.label)},
                                                                           {"used", edge.used}}}});
  const control::Json json = control::JsonObject{
      {"type", "NetworkGraph"}, {"protocol", "smegmesh"},    {"version", kVersion},      {"metric", "hops"},
      {"label", "smegmesh"},    {"nodes", std::move(nodes)}, {"links", std::move(links)}};
  return json.dump(true) + '\n';
}

std::string graph_ascii(const Graph& graph) {
  std::string out;
  for (std::size_t mesh = 0; mesh < graph.nodes.size(); ++mesh) {
    if (graph.nodes[mesh].kind != NodeKind::mesh) continue;
    out += (out.empty() ? "" : "\n") + line_of(graph.nodes[mesh]) + '\n';
    const auto members = edges_of(graph, mesh);
    for (const GraphEdge* member : members) {
      const bool last = member == members.back();
      out += (last ? "`-- " : "|-- ") + line_of(graph.nodes[member->to]) + '\n';
      const auto further = edges_of(graph, member->to);
      for (const GraphEdge* edge : further)
        out += std::string(last ? "    " : "|   ") + (edge == further.back() ? "`-- " : "|-- ") +
               (edge->kind == EdgeKind::exit ? "leads to" : std::string(name(edge->kind))) + ' ' +
               line_of(graph.nodes[edge->to]) + (edge->label.empty() ? "" : "  [" + edge->label + "]") + '\n';
    }
  }
  return out.empty() ? "This host is in no mesh.\n" : out;
}

}  // namespace smeg::ctl
