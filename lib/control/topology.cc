#include "control/topology.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/connected_components.hpp>
#include <map>
#include <set>

namespace smeg::control {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
using Seat = std::pair<MeshId, crypto::IdentityKey>;  // a host in one of its meshes

// Meshes and hosts that bridge, each host joined to its meshes.
class Topology {
 public:
  explicit Topology(const Snapshot& snapshot) {
    for (const MeshView& mesh : snapshot.meshes) {
      own_.insert(mesh.id);
      own_seats_.insert({mesh.id, mesh.self});
    }
    for (const BridgeView& bridge : snapshot.bridges) join({bridge.from, bridge.member}, {bridge.to, bridge.as});
    for (const auto& [seat, host] : hosts_) {
      add_edge(host, meshes_.at(seat.first), graph_);
      seats_[host].push_back(seat);
    }
  }

  std::vector<SinglePoint> single_points() const {
    std::vector<Graph::vertex_descriptor> points;
    boost::articulation_points(graph_, std::back_inserter(points));
    std::vector<SinglePoint> out;
    for (const auto point : points)
      if (seats_.contains(point)) out.push_back(without(point));
    std::ranges::sort(out, {}, [](const SinglePoint& one) { return std::pair(one.host.mesh, one.host.member); });
    return out;
  }

  std::optional<SinglePoint> single_point(const Seat& seat) const {
    const auto host = hosts_.find(seat);
    if (host == hosts_.end()) return std::nullopt;
    SinglePoint out = without(host->second);
    if (out.parts.size() < 2) return std::nullopt;
    return out;
  }

 private:
  // Two seats of one host. Each may be known already, as another host's even: then these are the same.
  void join(const Seat& a, const Seat& b) {
    const auto host = vertex_of(a);
    const auto other = hosts_.find(b);
    if (other == hosts_.end()) {
      vertex_of_mesh(b.first);
      hosts_[b] = host;
      return;
    }
    const auto same = other->second;
    for (auto& [seat, vertex] : hosts_)
      if (vertex == same) vertex = host;
  }
  Graph::vertex_descriptor vertex_of(const Seat& seat) {
    vertex_of_mesh(seat.first);
    const auto at = hosts_.find(seat);
    return at != hosts_.end() ? at->second : hosts_.emplace(seat, add_vertex(graph_)).first->second;
  }
  void vertex_of_mesh(const MeshId& mesh) {
    if (!meshes_.contains(mesh)) meshes_.emplace(mesh, add_vertex(graph_));
  }

  SinglePoint without(Graph::vertex_descriptor host) const {
    Graph rest = graph_;
    clear_vertex(host, rest);
    std::vector<std::size_t> component(num_vertices(rest));
    boost::connected_components(rest, component.data());
    std::map<std::size_t, std::vector<MeshId>> parts;
    std::vector<std::size_t> whole(num_vertices(graph_));
    boost::connected_components(graph_, whole.data());
    for (const auto& [mesh, vertex] : meshes_)
      if (whole[vertex] == whole[host]) parts[component[vertex]].push_back(mesh);
    SinglePoint out{.host = name(host), .parts = {}};
    for (auto& [number, meshes] : parts) out.parts.push_back(std::move(meshes));
    const auto is_own = [this](const MeshId& mesh) { return own_.contains(mesh); };
    std::stable_partition(out.parts.begin(), out.parts.end(),
                          [&](const std::vector<MeshId>& part) { return std::ranges::any_of(part, is_own); });
    return out;
  }

  Bridging name(Graph::vertex_descriptor host) const {
    const std::vector<Seat>& seats = seats_.at(host);
    const auto own = std::ranges::find_if(seats, [this](const Seat& seat) { return own_.contains(seat.first); });
    const Seat& seat = own != seats.end() ? *own : seats.front();
    return {seat.first, seat.second, own_seats_.contains(seat)};
  }

  Graph graph_;
  std::map<MeshId, Graph::vertex_descriptor> meshes_;
  std::map<Seat, Graph::vertex_descriptor> hosts_;
  std::map<Graph::vertex_descriptor, std::vector<Seat>> seats_;
  std::set<MeshId> own_;
  std::set<Seat> own_seats_;
};

}  // namespace

std::vector<SinglePoint> single_points(const Snapshot& snapshot) { return Topology(snapshot).single_points(); }

std::optional<SinglePoint> single_point(const Snapshot& snapshot, const MeshId& mesh,
                                        const crypto::IdentityKey& member) {
  return Topology(snapshot).single_point({mesh, member});
}

}  // namespace smeg::control
