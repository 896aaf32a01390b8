#include "control/snapshot.h"

namespace smeg::control {

std::string_view name(MemberState state) {
  switch (state) {
    case MemberState::alive: return "alive";
    case MemberState::suspect: return "suspect";
    case MemberState::offline: return "offline";
    case MemberState::down: return "down";
    case MemberState::revoked: return "revoked";
  }
  return "down";
}

std::string_view name(MeshState state) {
  switch (state) {
    case MeshState::joining: return "joining";
    case MeshState::refused: return "refused";
    case MeshState::active: return "active";
    case MeshState::down: return "down";
    case MeshState::standing_down: return "standing-down";
    case MeshState::leaving: return "leaving";
  }
  return "joining";
}

std::string_view name(GuestState state) {
  switch (state) {
    case GuestState::active: return "active";
    case GuestState::key_taken: return "key-taken";
    case GuestState::address_taken: return "address-taken";
  }
  return "active";
}

std::string_view name(Backend backend) {
  switch (backend) {
    case Backend::kernel: return "kernel";
    case Backend::userspace: return "userspace";
    case Backend::stub: return "stub";
  }
  return "stub";
}

std::string_view name(ExitState state) {
  switch (state) {
    case ExitState::chosen: return "chosen";
    case ExitState::equal: return "equal";
    case ExitState::worse: return "worse";
    case ExitState::draining: return "draining";
    case ExitState::waiting: return "waiting";
    case ExitState::unreachable: return "unreachable";
  }
  return "worse";
}

std::string_view name(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::interface: return "interface";
    case ProblemKind::firewall: return "firewall";
    case ProblemKind::backend: return "backend";
    case ProblemKind::storage: return "storage";
    case ProblemKind::joining: return "joining";
  }
  return "interface";
}

Result<const MeshView*> find_mesh(const Snapshot& snapshot, const MeshSelector& selector) {
  std::vector<MeshChoice> choices;
  for (const MeshView& mesh : snapshot.meshes) choices.push_back({mesh.id, mesh.name});
  return choose_mesh(choices, selector).map([&](std::size_t index) { return &snapshot.meshes[index]; });
}

namespace {

Result<const MemberView*> find_member_if(const MeshView& mesh, const MemberSelector& selector, bool revoked_too) {
  std::vector<MemberChoice> choices;
  std::vector<const MemberView*> members;
  for (const MemberView& member : mesh.members) {
    if (member.state == MemberState::revoked && !revoked_too) continue;
    choices.push_back({member.public_key, member.address, member.alias});
    members.push_back(&member);
  }
  return choose_member(choices, selector).map([&](std::size_t index) { return members[index]; });
}

}  // namespace

Result<const MemberView*> find_member(const MeshView& mesh, const MemberSelector& selector) {
  auto found = find_member_if(mesh, selector, false);
  if (!found && found.error().code == Code::not_found) return find_member_if(mesh, selector, true);
  return found;
}

Result<const GuestView*> find_guest(const MeshView& mesh, std::string_view text) {
  const auto address = addr::IpAddress::parse(text);
  const GuestView* found = nullptr;
  for (const GuestView& guest : mesh.guests) {
    if (address && guest.address == *address) return &guest;
    if (guest.name != text) continue;
    if (found)
      return fail(Code::conflict, "'" + std::string(text) + "' is a guest of several members",
                  "give its address, of those that `smegctl guest list` shows");
    found = &guest;
  }
  if (found) return found;
  return fail(Code::not_found, "there is no guest '" + std::string(text) + "'", "`smegctl guest list` shows them");
}

}  // namespace smeg::control
