// What the nodes of one process hold alike.
#pragma once

#include <map>

#include "control/control.h"
#include "gossip/gossip.h"
#include "mesh/mesh.h"

namespace smeg::node {

// For all nodes of one process, where there are several, as in the simulator; outlives them. A daemon has none.
struct Pool {
  mesh::Pool mesh;
  mesh::Interned<crypto::IdentityKey, gossip::RosterEntry> roster;
  std::map<control::MemberState, mesh::Interned<crypto::IdentityKey, control::MemberView>> views;
};

}  // namespace smeg::node
