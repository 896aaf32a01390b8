#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <sstream>

#include "graph.h"

namespace smeg::ctl {
namespace {

using Drawn = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                    boost::property<boost::edge_index_t, std::size_t>>;

// Names of colours as Graphviz knows them.
const char* colour_of(const GraphNode& node) {
  if (node.state == "alive" || node.state == "active") return "palegreen";
  if (node.state == "suspect" || node.state == "joining") return "khaki";
  if (node.state == "down") return "lightcoral";
  return "lightgrey";
}

const char* shape_of(const GraphNode& node) {
  switch (node.kind) {
    case NodeKind::mesh: return "doublecircle";
    case NodeKind::member: return "box";
    case NodeKind::guest: return "ellipse";
    case NodeKind::service: return "component";
    case NodeKind::elsewhere: return "hexagon";
  }
  return "box";
}

// DOT's quoted text knows one escape for '"', and takes a backslash before other letters as one of its own.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string graph_dot(const Graph& graph) {
  Drawn drawn(graph.nodes.size());
  for (std::size_t i = 0; i < graph.edges.size(); ++i)
    boost::add_edge(graph.edges[i].from, graph.edges[i].to, i, drawn);
  const auto write_node = [&](std::ostream& out, std::size_t index) {
    const GraphNode& node = graph.nodes[index];
    out << "[label=" << quoted(node.label) << ", shape=" << shape_of(node)
        << ", style=filled, fillcolor=" << colour_of(node)
        << ", tooltip=" << quoted(node.addresses.empty() ? node.id : node.addresses.front()) << "]";
  };
  const auto write_edge = [&](std::ostream& out, const auto& at) {
    const GraphEdge& edge = graph.edges[boost::get(boost::edge_index, drawn, at)];
    out << "[style=" << (edge.used ? "solid" : "dashed");
    if (!edge.label.empty()) out << ", label=" << quoted(edge.label);
    out << "]";
  };
  std::ostringstream out;
  boost::write_graphviz(out, drawn, write_node, write_edge);
  return out.str();
}

}  // namespace smeg::ctl
