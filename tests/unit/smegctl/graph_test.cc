#include "graph.h"

#include "control/json.h"
#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

control::Snapshot sample() {
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes.pop_back();
  return snapshot;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++out;
  return out;
}

}  // namespace

TEST_CASE("a graph has each thing once, and whatever leads there") {
  const Graph graph = graph_of(sample());
  // Mesh, three members, one's two services, two guests, a prefix elsewhere.
  REQUIRE(graph.nodes.size() == 9);
  REQUIRE(graph.edges.size() == 8);
  CHECK(graph.nodes[0].kind == NodeKind::mesh);
  CHECK(graph.nodes[1].roles == std::vector<std::string>{"peer", "leader", "self"});
  CHECK(graph.nodes[2].roles == std::vector<std::string>{"peer", "exit"});
  CHECK(graph.nodes[8].id == "fd00:3::/64");
  CHECK(graph.nodes[3].kind == NodeKind::service);
  CHECK(graph.edges[7].kind == EdgeKind::exit);
  CHECK(graph.edges[7].from == 2);
  CHECK(graph.edges[7].to == 8);
  CHECK(graph.edges[7].label == "1 hop, chosen");
  for (const GraphEdge& edge : graph.edges) CHECK(std::max(edge.from, edge.to) < graph.nodes.size());
}

TEST_CASE("this host joins its meshes; who was revoked is left out") {
  control::Snapshot snapshot = sample();
  snapshot.meshes[0].members.change(2,
                                    [](control::MemberView& member) { member.state = control::MemberState::revoked; });
  snapshot.meshes.push_back(control::sample_mesh());
  snapshot.meshes[1].id = control::sample_mesh_id(9);
  const Graph graph = graph_of(snapshot);
  CHECK(std::ranges::count(graph.edges, EdgeKind::host, &GraphEdge::kind) == 1);
  CHECK(std::ranges::count(graph.nodes, NodeKind::member, &GraphNode::kind) == 5);
  CHECK(std::ranges::count(graph.nodes, NodeKind::mesh, &GraphNode::kind) == 2);
}

TEST_CASE("a mesh elsewhere is known by its id") {
  control::Snapshot snapshot = sample();
  snapshot.routes[0].prefix = addr::mesh_prefix(control::sample_mesh_id(3));
  const Graph graph = graph_of(snapshot);
  CHECK(graph.nodes.back().id == control::to_text(control::sample_mesh_id(3)));
  CHECK(graph.nodes.back().label == control::to_text(control::sample_mesh_id(3)).substr(0, 8));
}

TEST_CASE("as DOT") {
  Graph graph = graph_of(sample());
  graph.nodes[1].label = "a\"b\\";
  const std::string dot = graph_dot(graph);
  CHECK(dot.starts_with("graph G {\n"));
  CHECK(has(dot, "[label=\"a\\\"b\\\\\", shape=box, style=filled, fillcolor=palegreen"));
  CHECK(has(dot, "2--8"));
  CHECK(has(dot, "[style=solid, label=\"1 hop, chosen\"];"));
  CHECK(count(dot, "--") == graph.edges.size());
}

TEST_CASE("as JSON and NetJSON") {
  const Graph graph = graph_of(sample());
  const auto json = control::Json::parse(graph_json(graph));
  REQUIRE(json);
  CHECK(has(json->dump(), R"("label":"1 hop, chosen","used":true})"));
  const auto netjson = control::Json::parse(graph_netjson(graph));
  REQUIRE(netjson);
  CHECK(netjson->dump().starts_with(R"({"type":"NetworkGraph","protocol":"smegmesh","version":")"));
  CHECK(count(netjson->dump(), "\"source\":") == graph.edges.size());
}

TEST_CASE("as a tree of lines") {
  CHECK(graph_ascii(graph_of(sample())) ==
        "office  active  fd00:1::/64\n"
        "|-- alice  alive  (peer, leader, self)  fd00:1::1\n"
        "|   `-- guest phone  active  fd00:1::7\n"
        "|-- bob  alive  (peer, exit)  fd00:1::2\n"
        "|   |-- service http 80/tcp\n"
        "|   |-- service dns 53/udp\n"
        "|   |-- guest router  address-taken  fd00:1::8\n"
        "|   `-- leads to fd00:3::/64  fd00:3::/64  [1 hop, chosen]\n"
        "`-- ambqgayd  suspect  (client)  fd00:1::3\n");
  CHECK(graph_ascii({}) == "This host is in no mesh.\n");
}

TEST_CASE("as SVG: everything is drawn within, and names of others are text") {
  Graph graph = graph_of(sample());
  graph.nodes[1].label = "<script>&\"'";
  const std::string svg = graph_svg(graph);
  CHECK(count(svg, "<g>") == graph.nodes.size());
  CHECK(count(svg, "<line ") == graph.edges.size());
  CHECK(svg.find("<script>") == std::string::npos);
  CHECK(has(svg, "&lt;script&gt;&amp;&quot;&apos;"));
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(has(graph_svg({}), "</svg>"));
}

TEST_CASE("drawings by command line") {
  Host host;
  CHECK(host.run({"visualise"}) == kDone);
  CHECK(host.out.str().starts_with("office  active"));
  for (const char* each : {"dot", "svg", "json", "netjson", "ascii"})
    CHECK(host.run({"visualise", "-f", each, "-m", "office"}) == kDone);
  CHECK(host.run({"visualise", "-f", "png"}) == kWrongUsage);
  CHECK(host.run({"visualise", "-f", "json"}) == kDone);
  const std::string json = host.out.str();
  CHECK(json.starts_with("{\n  \"schema\": 1"));
  CHECK(host.run({"-o", "json", "visualise"}) == kDone);
  CHECK(host.out.str() == json);
  CHECK(host.run({"-o", "yaml", "visualise"}) == kDone);
  CHECK(has(host.out.str(), "schema: 1\n"));
  CHECK(host.run({"-o", "json", "visualise", "-f", "dot"}) == kDone);
  CHECK(host.out.str().starts_with("graph G {"));
  CHECK(host.run({"get-graph"}) == kDone);
  CHECK(host.out.str().starts_with("graph G {"));
}
