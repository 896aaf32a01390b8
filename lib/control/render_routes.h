// Routes between meshes, for people and for scripts. As render.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/look.h"
#include "control/snapshot.h"

namespace smeg::control {

// One line for each prefix outside this host's meshes.
std::string route_table(const Snapshot& snapshot, const Look& look = {});
std::string route_json(const Snapshot& snapshot);

// Where packets for an address go, and why.
std::string route_explanation(const Snapshot& snapshot, const addr::IpAddress& destination, const Look& look = {});
std::string route_explanation_json(const Snapshot& snapshot, const addr::IpAddress& destination);

// The members that lead out of this host's meshes, each with what it leads to.
std::string exit_table(const Snapshot& snapshot, const Look& look = {});
std::string exit_json(const Snapshot& snapshot);

// The members that are in another mesh too: one line for each pair of meshes that it joins.
std::string bridge_table(const Snapshot& snapshot, const Look& look = {});
std::string bridge_json(const Snapshot& snapshot);

// What would be lost if a member of one of this host's meshes went, as far as this host is told: prefixes to which
// nobody else leads, prefixes that would be left with one exit, and into what all meshes would fall.
struct Losses {
  std::vector<std::vector<MeshId>> parts;  // none where they hold together
  std::vector<addr::Prefix> lost;
  std::vector<addr::Prefix> at_risk;
  std::vector<control::GuestView> guests;  // that it sponsors
};
Losses losses_without(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member);
std::string plan_table(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member);
std::string plan_json(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member);

// Hosts that are the only way to something, near and far, in words: each a single point of failure. One line each.
std::vector<std::string> single_ways(const Snapshot& snapshot);

// One answer of a host on the way.
struct TraceHop {
  std::optional<addr::IpAddress> from;  // none: nobody answered
  double rtt_ms = 0;
  bool arrived = false;      // the destination itself
  bool unreachable = false;  // it has no way further
};
std::string trace_line(const Snapshot& snapshot, std::size_t number, const TraceHop& hop);
std::string trace_json(const Snapshot& snapshot, const addr::IpAddress& destination, const std::vector<TraceHop>& hops);
// What an operator should look at where a packet did not arrive; empty where it did.
std::string trace_verdict(const Snapshot& snapshot, const addr::IpAddress& destination,
                          const std::vector<TraceHop>& hops);

// An address, a member's alias in any mesh of this host, or the id of a mesh elsewhere (its first address). not_found
// where it is none of them, conflict where several fit.
Result<addr::IpAddress> find_destination(const Snapshot& snapshot, std::string_view text);

}  // namespace smeg::control
