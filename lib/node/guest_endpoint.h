// Which of a sponsor's endpoints its guests are told.
#pragma once

#include <optional>
#include <vector>

#include "mesh/mesh.h"

namespace smeg::node {

// The one that is most likely to be reached from anywhere, with the tunnel's port: the best by priority (what the
// operator said, then what members see, then our own addresses); of those a public address before a private one, and
// IPv4 before IPv6, which fewer of the networks have that a guest may be in. Nothing where none has a tunnel.
std::optional<addr::HostPort> best_for_guests(const std::vector<mesh::MemberEndpoint>& endpoints);

}  // namespace smeg::node
