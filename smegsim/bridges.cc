#include "bridges.h"

#include "meshes.h"

namespace smeg::simulator {

// One bridge first, then all of two neighbours at once.
Outcome run_bridges(const Settings& settings, std::uint64_t seed, Stage& stage) {
  Meshes meshes(settings, seed, stage.progress);
  meshes.settle();
  auto bridges = meshes.bridges_of_some_link();
  bridges.resize(1);
  meshes.change(bridges, false, "a bridge dies");
  meshes.rest();
  meshes.change(bridges, true, "it comes back");
  meshes.rest();
  bridges = meshes.bridges_of_some_link();
  meshes.change(bridges, false, "all bridges between two meshes die");
  meshes.rest();
  meshes.change(bridges, true, "they come back");
  meshes.rest();
  return meshes.finish();
}

std::string objection_to_bridges(const Settings& settings) {
  constexpr std::size_t fewest = kBridgesOfLink * kMostNeighbours + 1;
  if (settings.nodes < fewest)
    return "a mesh has at least " + std::to_string(fewest) + " members here: --nodes " + std::to_string(fewest);
  if (settings.nat > 0 || settings.clients > 0 || settings.one_way > 0)
    return "is played by peers that everyone can reach: without --nat, --clients and --one-way";
  return {};
}

}  // namespace smeg::simulator
