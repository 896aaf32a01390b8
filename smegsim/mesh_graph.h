// Which meshes are neighbours, and how far they are from each other.
#pragma once

#include <utility>
#include <vector>

#include "base/base.h"

namespace smeg::simulator {

// Meshes by number; each link joins two of them.
struct MeshGraph {
  std::size_t meshes = 0;
  std::vector<std::pair<std::size_t, std::size_t>> links;

  std::size_t degree(std::size_t mesh) const;
};

inline constexpr std::size_t kApart = ~std::size_t{0};  // there is no way

// By mesh and mesh, how many links are between them: a breadth-first search from each, by Boost.Graph.
std::vector<std::vector<std::size_t>> hops(const MeshGraph& graph);

// The most hops between two meshes; kApart where some can't reach each other.
std::size_t diameter(const MeshGraph& graph);

// A ring with a chord from each mesh to another one at random (Bollobas and Chung 1988: about as narrow as graphs with
// three neighbours a mesh can be), whose ends are exchanged until no two meshes are further apart than wanted, or
// nothing comes of it. With an odd number one has no chord. At least 4 meshes.
MeshGraph draw_graph(std::size_t meshes, std::size_t most_hops, SeededRng& chance);

}  // namespace smeg::simulator
