// What a script waits for. Pure.
#pragma once

#include <string>
#include <variant>

#include "control/control.h"

namespace smeg::ctl {

namespace condition {

// The daemon answers, and every mesh that this host is in is active.
struct Ready {};
// This host is in that mesh, and it is active.
struct InMesh {
  std::string mesh;
};
// So many members of the mesh are alive, this host among them.
struct Members {
  std::uint64_t least = 0;
};
// A member is seen alive; or it isn't, or is none at all.
struct Member {
  std::string member;
  bool up = true;
};
// There has been a handshake with a member within WireGuard's three minutes.
struct Peer {
  std::string member;
};
// Packets to a prefix have a way: it is a mesh's of this host, or an exit is chosen for it.
struct Route {
  addr::Prefix prefix;
};

}  // namespace condition

using Condition = std::variant<condition::Ready, condition::InMesh, condition::Members, condition::Member,
                               condition::Peer, condition::Route>;

// "ready", "mesh=NAME", "members=N", "member=NAME", "member=NAME up", "member=NAME down", "peer=NAME", "route=PREFIX".
Result<Condition> parse_condition(std::string_view text);
inline constexpr const char* kConditionForms =
    "ready, mesh=NAME, members=N, member=NAME, 'member=NAME down', peer=NAME or route=PREFIX";

// What keeps it from being so, in words: "2 of 3 members are alive"; empty where it is so.
std::string lacking(const Condition& condition, const control::Snapshot& snapshot, const control::MeshSelector& mesh,
                    WallTime now);

}  // namespace smeg::ctl
