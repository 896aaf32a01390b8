// Which hosts hold the meshes together, as far as this host is told.
#pragma once

#include <optional>
#include <vector>

#include "control/snapshot.h"

namespace smeg::control {

// A host that bridges, as one of its meshes knows it: of several names the first, in a mesh of this host if there is
// one.
struct Bridging {
  MeshId mesh;
  crypto::IdentityKey member;
  bool self = false;  // it is this host

  friend bool operator==(const Bridging&, const Bridging&) = default;
};

// A host without which meshes would lose each other: an articulation point of the graph of hosts and meshes (Hopcroft
// and Tarjan 1973).
struct SinglePoint {
  Bridging host;
  std::vector<std::vector<MeshId>> parts;  // into which the meshes would fall, at least two; those of this host first
};

// In order of mesh and member.
std::vector<SinglePoint> single_points(const Snapshot& snapshot);
// What the meshes would fall into without that member; nothing where they would hold together.
std::optional<SinglePoint> single_point(const Snapshot& snapshot, const MeshId& mesh,
                                        const crypto::IdentityKey& member);

}  // namespace smeg::control
