// Interfaces of a mesh for one member alone: whom they are for, and what follows for their keys (docs/adr/0008).
#pragma once

#include <set>
#include <vector>

#include "node/desired.h"

namespace smeg::node {

// A lane that nobody needs any more: whoever led to a prefix may do so again.
inline constexpr Duration kLaneLinger = std::chrono::seconds(30);

// One that this host has: kept in File::state, so that others find it where they found it before.
struct KeptLane {
  netstate::Lane number = 1;
  crypto::IdentityKey member;                  // whom it is for
  std::optional<unsigned> interface_number{};  // nothing: not chosen yet
  std::uint16_t listen_port = 0;               // 0: likewise
  Instant unwanted_since = kNever;             // in this run; nobody needs it since then
};

// What other interfaces have or are to have.
struct Occupied {
  std::set<netstate::InterfaceName> names;
  std::set<netstate::InterfaceName> reserved;  // of lanes, for when they come up again
  std::set<std::uint16_t> ports;
};

// Of a mesh with the kernel's WireGuard, the members that have to have a lane: those that lead to a prefix beyond the
// mesh to which another one leads too. Whoever is sent to comes first, then by identity.
std::vector<crypto::IdentityKey> lanes_needed(const WantedMesh& mesh);

// Gives a lane to each of them that has none, as long as there are numbers. Marks those that nobody needs. True where
// there are more lanes now.
bool assign_lanes(std::vector<KeptLane>& lanes, const std::vector<crypto::IdentityKey>& needed, Instant now);

// Follows from the mesh's own tunnel key and the other's identity, so that no more has to be kept.
crypto::WgPrivateKey lane_key(const crypto::WgPrivateKey& main, const crypto::IdentityKey& member);

}  // namespace smeg::node
