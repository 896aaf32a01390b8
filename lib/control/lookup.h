// What a Snapshot says of one mesh, member or destination. Pointers lead into the Snapshot; null where there is none.
#pragma once

#include "control/snapshot.h"

namespace smeg::control {

const MeshView* mesh_of(const Snapshot& snapshot, const MeshId& id);
const MemberView* member_of(const Snapshot& snapshot, const MeshId& id, const crypto::IdentityKey& key);
// This host among the members; null while it is joining.
const MemberView* self_of(const MeshView& mesh);
// A mesh of this host that holds the address.
const MeshView* own_mesh(const Snapshot& snapshot, const addr::IpAddress& destination);
// The longest prefix outside this host's meshes that holds it.
const RouteView* route_for(const Snapshot& snapshot, const addr::IpAddress& destination);
// The exit that packets take.
const ExitView* chosen(const RouteView& route);
const ExitView* exit_for(const Snapshot& snapshot, const addr::IpAddress& destination);
// What a person calls them; a mesh elsewhere has no name here.
std::string mesh_label(const Snapshot& snapshot, const MeshId& id);
std::string exit_label(const Snapshot& snapshot, const ExitView& exit);

}  // namespace smeg::control
