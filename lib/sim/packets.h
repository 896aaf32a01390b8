// The way of a packet through what the operating systems of a world hold.
#pragma once

#include <string>
#include <vector>

#include "sim/world.h"

namespace smeg::sim {

struct Journey {
  std::vector<HostIndex> hosts;  // that it came through, the first and the last included
  std::string wrong;             // where it was lost and why; empty: it arrived
};

// A packet that a host sends from one of its addresses: routed, sealed for a peer, its source held against what the
// receiver takes from that peer, passed on where forwarding says so. No host is visited twice.
Journey follow(const World& world, HostIndex from, const addr::IpAddress& source, const addr::IpAddress& destination);

}  // namespace smeg::sim
