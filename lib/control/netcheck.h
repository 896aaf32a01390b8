// Whether this host can be reached, at which addresses others see it, and how large packets may be. Pure: goes by a
// Snapshot and by what was tried, which the caller hands over.
#pragma once

#include <map>
#include <string>

#include "control/snapshot.h"

namespace smeg::control {

// Of packets that were sent to one member.
struct Tried {
  bool answered = false;  // a small one came back
  std::size_t large = 0;  // bytes of one that fills the tunnel; 0: not tried
  bool large_answered = false;
};
using TriedMembers = std::map<std::pair<MeshId, crypto::IdentityKey>, Tried>;

// The members of a mesh whom packets are to be tried with: some that are alive, whose tunnels are direct.
std::vector<const MemberView*> to_try(const MeshView& mesh);

std::string netcheck_text(const Snapshot& snapshot, const TriedMembers& tried);
std::string netcheck_json(const Snapshot& snapshot, const TriedMembers& tried);

}  // namespace smeg::control
