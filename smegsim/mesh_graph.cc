#include "mesh_graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <numeric>

namespace smeg::simulator {
namespace {

constexpr unsigned kExchanges = 2'000;

std::size_t apart(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

// The ring, and those chords that are not in it already.
MeshGraph with_chords(const std::vector<std::size_t>& ends) {
  const std::size_t meshes = ends.size();
  MeshGraph graph{meshes, {}};
  for (std::size_t i = 0; i < meshes; ++i) graph.links.emplace_back(i, (i + 1) % meshes);
  for (std::size_t i = 0; i + 1 < meshes; i += 2) {
    const std::size_t around = apart(ends[i], ends[i + 1]);
    if (around > 1 && around < meshes - 1) graph.links.emplace_back(ends[i], ends[i + 1]);
  }
  return graph;
}

std::size_t count_beyond(const MeshGraph& graph, std::size_t most_hops) {
  std::size_t out = 0;
  for (const auto& row : hops(graph))
    out += static_cast<std::size_t>(std::ranges::count_if(row, [&](std::size_t far) { return far > most_hops; }));
  return out;
}

}  // namespace

std::size_t MeshGraph::degree(std::size_t mesh) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(links, [mesh](const auto& link) { return link.first == mesh || link.second == mesh; }));
}

std::vector<std::vector<std::size_t>> hops(const MeshGraph& graph) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
  const Graph all(graph.links.begin(), graph.links.end(), graph.meshes);
  std::vector<std::vector<std::size_t>> out;
  for (std::size_t from = 0; from < graph.meshes; ++from) {
    std::vector<std::size_t>& distances = out.emplace_back(graph.meshes, kApart);
    distances[from] = 0;
    const auto record = boost::record_distances(distances.data(), boost::on_tree_edge());
    boost::breadth_first_search(all, boost::vertex(from, all), boost::visitor(boost::make_bfs_visitor(record)));
  }
  return out;
}

std::size_t diameter(const MeshGraph& graph) {
  std::size_t most = 0;
  for (const auto& row : hops(graph)) most = std::max(most, *std::ranges::max_element(row));
  return most;
}

MeshGraph draw_graph(std::size_t meshes, std::size_t most_hops, SeededRng& chance) {
  std::vector<std::size_t> ends(meshes);
  std::iota(ends.begin(), ends.end(), std::size_t{0});
  for (std::size_t i = meshes; i > 1; --i) std::swap(ends[i - 1], ends[chance.below(i)]);
  MeshGraph best = with_chords(ends);
  std::size_t beyond = count_beyond(best, most_hops);
  for (unsigned i = 0; i < kExchanges && beyond > 0; ++i) {
    const std::size_t a = chance.below(meshes), b = chance.below(meshes);
    std::swap(ends[a], ends[b]);
    MeshGraph other = with_chords(ends);
    const std::size_t others = count_beyond(other, most_hops);
    if (others > beyond) {
      std::swap(ends[a], ends[b]);
      continue;
    }
    best = std::move(other);
    beyond = others;
  }
  return best;
}

}  // namespace smeg::simulator
