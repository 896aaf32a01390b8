// What is announced about a prefix.
#pragma once

#include <vector>

#include "addr/addr.h"
#include "route/distance.h"
#include "route/exit.h"

namespace smeg::route {

// Says what a way is, whatever its sequence: offers that have the same lead over the same bridges.
using Chain = ByteArray<32>;

// A member announces, in one mesh, that it leads to a prefix.
struct Offer {
  addr::Prefix prefix;
  // The meshes that a packet comes through, from that of the prefix to the one where this is announced: at least one,
  // none twice. One alone: the prefix is the member's own, or the mesh's.
  std::vector<MeshId> path;
  MemberKey member{};  // in the last mesh of the path
  Sequence sequence = 0;
  Chain chain{};
  std::uint32_t mtu = 1'280;  // the least on the way, in bytes
  std::uint32_t cost = 0;     // an operator's, added up on the way; settles equal hops, lower wins
  std::uint32_t weight = 1;   // this member's share against others as good
  bool draining = false;      // it wants to be left: only where there is nothing else
  bool reachable = true;      // the member is alive, as far as this host knows

  const MeshId& mesh() const { return path.back(); }
  std::size_t hops() const { return path.size() - 1; }
  Distance distance() const { return {sequence, hops()}; }
  friend bool operator==(const Offer&, const Offer&) = default;
};

// A member, in one mesh, lacks a way to a prefix, and has a longer one than it may take: a sequence of at least this
// would let it.
struct Plea {
  MeshId mesh;
  addr::Prefix prefix;
  Sequence wanted = 0;

  friend auto operator<=>(const Plea&, const Plea&) = default;
};

}  // namespace smeg::route
