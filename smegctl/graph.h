// What a Snapshot looks like as a graph. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/control.h"

namespace smeg::ctl {

enum class NodeKind {
  mesh,      // of this host
  member,    // in one of those
  guest,     // behind its sponsor
  service,   // that a member offers
  elsewhere  // a mesh that this host isn't in, or a network behind a member
};
enum class EdgeKind {
  member,  // of a mesh
  guest,   // of a member
  service,
  exit,  // a member leads there
  host   // this host is both: members of two of its meshes
};
std::string_view name(NodeKind kind);
std::string_view name(EdgeKind kind);

struct GraphNode {
  std::string id;  // one of its own in the graph: the mesh's, the member's key, an address, a prefix
  std::string label;
  NodeKind kind = NodeKind::member;
  std::string state;                    // "alive"; empty where it has none
  std::vector<std::string> roles = {};  // "peer", "leader", "exit", "self"
  std::vector<std::string> addresses = {};
};
struct GraphEdge {
  std::size_t from = 0;  // indexes of nodes
  std::size_t to = 0;
  EdgeKind kind = EdgeKind::member;
  std::string label = {};  // "2 hops, chosen"
  bool used = true;        // false: packets of this host don't go there
};
struct Graph {
  std::vector<GraphNode> nodes;  // of each mesh together: it, its members, its guests; what is elsewhere comes last
  std::vector<GraphEdge> edges;
};

// Who was revoked is left out.
Graph graph_of(const control::Snapshot& snapshot);

enum class Drawing { dot, svg, json, netjson, ascii };
Result<Drawing> parse_drawing(std::string_view text);

std::string graph_dot(const Graph& graph);      // as Boost.Graph writes it, for Graphviz
std::string graph_json(const Graph& graph);     // with "schema": 1
std::string graph_netjson(const Graph& graph);  // a NetworkGraph of netjson.org
std::string graph_ascii(const Graph& graph);    // a tree of lines
std::string graph_svg(const Graph& graph);      // by itself, without a program that lays it out

}  // namespace smeg::ctl
