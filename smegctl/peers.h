// What WireGuard's tunnels of this host are. Pure.
#pragma once

#include <string>

#include "control/control.h"

namespace smeg::ctl {

// WireGuard makes a new session every two minutes while packets flow, and drops one after three (its paper,
// section 6.1).
inline constexpr auto kFreshHandshake = std::chrono::minutes(3);

// Tunnels of all meshes of the Snapshot: to its members, and to guests of this host.
std::string peers_table(const control::Snapshot& snapshot, WallTime now, const control::Look& look);
std::string peers_json(const control::Snapshot& snapshot);

}  // namespace smeg::ctl
