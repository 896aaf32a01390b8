// Routes between meshes, for people and for scripts. As render.h.
#pragma once

#include <string>

#include "control/snapshot.h"

namespace smeg::control {

// One line for each prefix outside this host's meshes.
std::string route_table(const Snapshot& snapshot);
std::string route_json(const Snapshot& snapshot);

// Where packets for an address go, and why.
std::string route_explanation(const Snapshot& snapshot, const addr::IpAddress& destination);
std::string route_explanation_json(const Snapshot& snapshot, const addr::IpAddress& destination);

// The members that lead out of this host's meshes, each with what it leads to.
std::string exit_table(const Snapshot& snapshot);
std::string exit_json(const Snapshot& snapshot);

// The members that are in another mesh too: one line for each pair of meshes that it joins.
std::string bridge_table(const Snapshot& snapshot);
std::string bridge_json(const Snapshot& snapshot);

// An address, a member's alias in any mesh of this host, or the id of a mesh elsewhere (its first address). not_found
// where it is none of them, conflict where several fit.
Result<addr::IpAddress> find_destination(const Snapshot& snapshot, std::string_view text);

}  // namespace smeg::control
