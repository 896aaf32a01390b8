// What the control plane hears of the operating system.
#pragma once

#include "netstate/plan.h"

namespace smeg::netstate {

// Tells plans apart; given out by whoever makes them.
using PlanId = StrongId<struct PlanTag, std::uint64_t>;

// A plan was carried out: one result for each of its operations, in order.
struct PlanDone {
  PlanId plan;
  std::vector<Result<void>> results;
};
// Statistics and endpoints of peers, seen between two full observations.
struct DevicesSeen {
  std::map<InterfaceName, ObservedDevice> devices;
};
// Something that may be ours was changed from outside, or messages about it were lost: observe again.
struct Drift {};
// The host's own addresses outside of every mesh, the one that the kernel sends from first: candidates for others to
// reach us at.
struct UnderlaySeen {
  std::vector<addr::IpAddress> addresses;
};

using Event = std::variant<Observed, PlanDone, DevicesSeen, Drift, UnderlaySeen>;

}  // namespace smeg::netstate
