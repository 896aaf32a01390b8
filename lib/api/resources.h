// What each resource looks like, and where it is found. For this module alone.
#pragma once

#include <string>

#include "control/codec.h"
#include "control/control.h"

namespace smeg::api {

inline constexpr std::string_view kRoot = "/api/v1";

std::string mesh_path(const control::MeshView& mesh);
std::string mesh_path(const MeshId& mesh);
std::string member_path(const control::MeshView& mesh, const control::MemberView& member);
std::string guest_path(const control::MeshView& mesh, const addr::IpAddress& guest);
std::string invite_path(const control::MeshView& mesh, const crypto::InviteKey& invite);

std::string request_path(const control::MeshView& mesh, const crypto::IdentityKey& request);

// How many members are in a state.
std::size_t count_in(const control::MeshView& mesh, control::MemberState state);

// A mesh: its facts, this host's place in it, and how many there are of what.
control::Json mesh_to_resource(const control::MeshView& mesh);

}  // namespace smeg::api
