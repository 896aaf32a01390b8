#include "control/lookup.h"

#include <algorithm>

#include "control/render.h"

namespace smeg::control {
namespace {

constexpr std::size_t kShortId = 8;

}  // namespace

const MeshView* mesh_of(const Snapshot& snapshot, const MeshId& id) {
  const auto at = std::ranges::find(snapshot.meshes, id, &MeshView::id);
  return at == snapshot.meshes.end() ? nullptr : &*at;
}

const MemberView* member_of(const Snapshot& snapshot, const MeshId& id, const crypto::IdentityKey& key) {
  const MeshView* mesh = mesh_of(snapshot, id);
  if (!mesh) return nullptr;
  const auto at = std::ranges::find(mesh->members, key, &MemberView::public_key);
  return at == mesh->members.end() ? nullptr : &*at;
}

const MemberView* self_of(const MeshView& mesh) {
  const auto self = std::ranges::find(mesh.members, true, &MemberView::self);
  return self == mesh.members.end() ? nullptr : &*self;
}

std::string mesh_label(const Snapshot& snapshot, const MeshId& id) {
  const MeshView* mesh = mesh_of(snapshot, id);
  return mesh && !mesh->name.empty() ? label(*mesh) : to_text(id).substr(0, kShortId);
}

std::string exit_label(const Snapshot& snapshot, const ExitView& exit) {
  const MemberView* member = member_of(snapshot, exit.mesh, exit.member);
  return member ? label(*member) : to_text(exit.member).substr(0, kShortId);
}

const ExitView* chosen(const RouteView& route) {
  const auto at = std::ranges::find(route.exits, ExitState::chosen, &ExitView::state);
  return at == route.exits.end() ? nullptr : &*at;
}

const MeshView* own_mesh(const Snapshot& snapshot, const addr::IpAddress& destination) {
  const auto at =
      std::ranges::find_if(snapshot.meshes, [&](const MeshView& mesh) { return mesh.prefix.contains(destination); });
  return at == snapshot.meshes.end() ? nullptr : &*at;
}

const RouteView* route_for(const Snapshot& snapshot, const addr::IpAddress& destination) {
  const RouteView* best = nullptr;
  for (const RouteView& route : snapshot.routes)
    if (route.prefix.contains(destination) && (!best || route.prefix.length() > best->prefix.length())) best = &route;
  return best;
}

const ExitView* exit_for(const Snapshot& snapshot, const addr::IpAddress& destination) {
  const RouteView* route = route_for(snapshot, destination);
  return route ? chosen(*route) : nullptr;
}

}  // namespace smeg::control
