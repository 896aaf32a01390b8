#include "mesh_graph.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace smeg::simulator {
namespace {

// Floyd and Warshall: slow, and with nothing in common with a search.
std::vector<std::vector<std::size_t>> slow_hops(const MeshGraph& graph) {
  std::vector<std::vector<std::size_t>> out(graph.meshes, std::vector<std::size_t>(graph.meshes, kApart));
  for (std::size_t i = 0; i < graph.meshes; ++i) out[i][i] = 0;
  for (const auto& [a, b] : graph.links) out[a][b] = out[b][a] = 1;
  for (std::size_t k = 0; k < graph.meshes; ++k)
    for (std::size_t i = 0; i < graph.meshes; ++i)
      for (std::size_t j = 0; j < graph.meshes; ++j)
        if (out[i][k] != kApart && out[k][j] != kApart) out[i][j] = std::min(out[i][j], out[i][k] + out[k][j]);
  return out;
}

}  // namespace

TEST_CASE("hops are those of a slower way to count them, also where meshes can't reach each other") {
  SeededRng chance(1);
  for (int round = 0; round < 200; ++round) {
    MeshGraph graph = draw_graph(4 + chance.below(12), 1 + chance.below(5), chance);
    for (std::size_t lost = chance.below(graph.links.size()); lost > 0; --lost) graph.links.pop_back();
    CAPTURE(round);
    REQUIRE(hops(graph) == slow_hops(graph));
  }
}

TEST_CASE("a drawn graph holds together, and no mesh has more than three neighbours, none of them twice") {
  SeededRng chance(2);
  for (std::size_t meshes = 4; meshes < 40; ++meshes) {
    const MeshGraph graph = draw_graph(meshes, 5, chance);
    CAPTURE(meshes);
    CHECK(diameter(graph) != kApart);
    for (std::size_t mesh = 0; mesh < meshes; ++mesh) {
      CHECK(graph.degree(mesh) >= 2);
      CHECK(graph.degree(mesh) <= 3);
    }
    auto links = graph.links;
    for (auto& [a, b] : links)
      if (a > b) std::swap(a, b);
    std::ranges::sort(links);
    CHECK(std::ranges::adjacent_find(links) == links.end());
  }
}

TEST_CASE("of a hundred meshes the graph has the diameter that is wanted") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SeededRng chance(seed);
    CHECK(diameter(draw_graph(100, 7, chance)) == 7);
  }
}

}  // namespace smeg::simulator
