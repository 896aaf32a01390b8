// The one place that decides which operations, in which order, lead from what is to what should be.
#pragma once

#include "netstate/plan.h"

namespace smeg::netstate {

// New before old, so that no change opens a hole: interfaces, device, sources of peers, peers, addresses, link,
// hairpin, forwarding, routes, rules; then removals the other way round: rules, routes, forwarding, hairpin, addresses,
// prefixes of peers and peers, interfaces. A prefix that moves from one peer to another is a source of the first before
// that. Only where one name or listen port can't serve the old and the new at once does the old go first: an interface
// that changed mesh or backend, whose device no longer answers, whose link is gone, or whose listen port another
// interface is to have.
//
// A peer's endpoint is set where the peer is new or has none, or where the choice differs from the last one made (see
// EndpointChoice). Where the last one is not known (after a restart) and the peer has had a handshake, it is adopted.
//
// Only what is ours is changed or removed. A foreign interface of a wanted name makes a Conflict, and all that hangs on
// it is left out of the plan. Applying the plan makes the next diff empty, for every state that passes check().
Plan diff(const Observed& observed, const State& desired);

}  // namespace smeg::netstate
