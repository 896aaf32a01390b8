#include "api/resources.h"

#include <algorithm>

#include "api/http.h"

namespace smeg::api {

using control::Json;
using control::JsonObject;

std::string mesh_path(const MeshId& mesh) { return std::string(kRoot) + "/meshes/" + control::to_text(mesh); }
std::string mesh_path(const control::MeshView& mesh) { return mesh_path(mesh.id); }
std::string member_path(const control::MeshView& mesh, const control::MemberView& member) {
  return mesh_path(mesh) + "/members/" + control::to_text(member.public_key);
}
std::string guest_path(const control::MeshView& mesh, const addr::IpAddress& guest) {
  return mesh_path(mesh) + "/guests/" + escape(guest.to_string());
}
std::string invite_path(const control::MeshView& mesh, const crypto::InviteKey& invite) {
  return mesh_path(mesh) + "/invites/" + control::to_text(invite);
}

std::string request_path(const control::MeshView& mesh, const crypto::IdentityKey& request) {
  return mesh_path(mesh) + "/requests/" + control::to_text(request);
}

std::size_t count_in(const control::MeshView& mesh, control::MemberState state) {
  return static_cast<std::size_t>(std::ranges::count(mesh.members, state, &control::MemberView::state));
}

Json mesh_to_resource(const control::MeshView& mesh) {
  using enum control::MemberState;
  const control::MemberView* self = self_of(mesh);
  JsonObject out = control::mesh_facts_to_json(mesh);
  out.push_back({"address", self ? Json(self->address.to_string()) : Json()});
  out.push_back({"alias", self ? control::text_or_null(self->alias) : Json()});
  out.push_back({"description", self ? control::text_or_null(self->description) : Json()});
  out.push_back({"counts", JsonObject{{"members", mesh.members.size() - count_in(mesh, revoked)},
                                      {"alive", count_in(mesh, alive)},
                                      {"suspect", count_in(mesh, suspect)},
                                      {"offline", count_in(mesh, offline)},
                                      {"down", count_in(mesh, down)},
                                      {"revoked", count_in(mesh, revoked)},
                                      {"guests", mesh.guests.size()},
                                      {"invites", mesh.invites.size()},
                                      {"requests", mesh.requests.size()}}});
  return out;
}

}  // namespace smeg::api
