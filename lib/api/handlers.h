// What is done for each operation of the table. For this module alone.
#pragma once

#include "api/operation.h"

namespace smeg::api {

// The daemon and the meshes
Result<control::Json> get_status(const Call& call);
Result<control::Json> list_meshes(const Call& call);
Result<control::Json> get_mesh(const Call& call);
Result<Work> create_mesh(const Call& call);
Result<Work> join_mesh(const Call& call);
Result<control::Json> get_daemon(const Call& call);
Result<Work> change_daemon(const Call& call);
Result<Work> get_config(const Call& call);
Result<Work> get_config_diff(const Call& call);
Result<Work> reload_daemon(const Call& call);
Result<Work> ask_mesh(const Call& call);
Result<Work> change_mesh(const Call& call);
Result<Work> leave_mesh(const Call& call);

// Between meshes
Result<control::Json> list_routes(const Call& call);
Result<control::Json> list_exits(const Call& call);
Result<control::Json> list_bridges(const Call& call);
Result<control::Json> get_drain(const Call& call);
Result<Work> set_drain(const Call& call);

// This host in a mesh
Result<control::Json> get_alias(const Call& call);
Result<Work> set_alias(const Call& call);
Result<Work> remove_alias(const Call& call);
Result<control::Json> list_services(const Call& call);
Result<control::Json> get_service(const Call& call);
Result<Work> set_service(const Call& call);
Result<Work> remove_service(const Call& call);
Result<control::Json> get_key(const Call& call);
Result<Work> rotate_key(const Call& call);
Result<control::Json> get_authority(const Call& call);

// Others in a mesh
Result<control::Json> list_members(const Call& call);
Result<control::Json> get_member(const Call& call);
Result<Work> revoke_member(const Call& call);
Result<control::Json> list_requests(const Call& call);
Result<control::Json> get_request(const Call& call);
Result<Work> admit_request(const Call& call);
Result<Work> refuse_request(const Call& call);
Result<control::Json> list_guests(const Call& call);
Result<control::Json> get_guest(const Call& call);
Result<Work> add_guest(const Call& call);
Result<Work> remove_guest(const Call& call);
Result<control::Json> list_invites(const Call& call);
Result<control::Json> get_invite(const Call& call);
Result<Work> create_invite(const Call& call);
Result<Work> revoke_invite(const Call& call);

// By its whole key, alias or address. One that was revoked is found where no other has that name.
Result<const control::MemberView*> member_named(const control::MeshView& mesh, const std::string& text);

// A command out of the request's body, checked as the control socket checks it; where the path names a mesh, it is in
// it.
Result<control::Command> command_of(const Call& call, std::string_view method);

// Adds to a request's body what its path says. malformed where the body says otherwise.
Result<void> add_from_path(control::JsonObject& body, std::string_view name, const std::string& value);

// One thing of a list, and the text that it is ordered and found by.
struct Entry {
  std::string key;
  std::size_t index = 0;
};
// The page of a list that `limit` and `after` ask for: {"items", "total", "next"}. Entries are put in the order of
// their keys, so that a page begins where the one before ended even if something came or went in between.
Result<control::Json> page_of(const Call& call, std::vector<Entry> entries,
                              const std::function<control::Json(std::size_t index)>& show);

}  // namespace smeg::api
