#include "condition.h"

#include <algorithm>
#include <charconv>

#include "peers.h"

namespace smeg::ctl {
namespace {

using control::MemberState;
using control::MemberView;
using control::MeshView;

tl::unexpected<Error> no_condition(std::string_view text) {
  return fail(Code::malformed, "'" + std::string(text) + "' is nothing to wait for",
              "use " + std::string(kConditionForms));
}

Result<Condition> parse_member(std::string_view value) {
  const auto blank = value.find(' ');
  const std::string_view state = blank == std::string_view::npos ? "up" : value.substr(blank + 1);
  const std::string member(value.substr(0, blank));
  if (member.empty() || (state != "up" && state != "down")) return no_condition("member=" + std::string(value));
  return condition::Member{member, state == "up"};
}

Result<Condition> parse_members(std::string_view value) {
  std::uint64_t least = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), least);
  if (error != std::errc() || end != value.data() + value.size() || least == 0 || least > limits::kMembersPerMesh)
    return fail(Code::malformed, "'members=" + std::string(value) + "' wants a number of members",
                "from 1 to " + std::to_string(limits::kMembersPerMesh));
  return condition::Members{least};
}

// The mesh that is meant, or why there is none yet.
struct Found {
  const MeshView* mesh = nullptr;
  std::string lacking;
};
Found find(const control::Snapshot& snapshot, const control::MeshSelector& selector) {
  const auto mesh = control::find_mesh(snapshot, selector);
  if (!mesh) return {nullptr, mesh.error().message};
  return {*mesh, ""};
}

std::string state_of(const MeshView& mesh) {
  if (mesh.state == control::MeshState::active) return "";
  return "the mesh " + control::label(mesh) + " is " + std::string(name(mesh.state)) +
         (mesh.state_detail.empty() ? "" : " (" + mesh.state_detail + ")");
}

struct Lacking {
  const control::Snapshot& snapshot;
  const control::MeshSelector& selector;
  WallTime now;

  std::string operator()(const condition::Ready&) const {
    for (const MeshView& mesh : snapshot.meshes)
      if (std::string state = state_of(mesh); !state.empty()) return state;
    return "";
  }
  std::string operator()(const condition::InMesh& wanted) const {
    const Found found = find(snapshot, {wanted.mesh});
    return found.mesh ? state_of(*found.mesh) : found.lacking;
  }
  std::string operator()(const condition::Members& wanted) const {
    const Found found = find(snapshot, selector);
    if (!found.mesh) return found.lacking;
    const auto alive =
        static_cast<std::uint64_t>(std::ranges::count(found.mesh->members, MemberState::alive, &MemberView::state));
    if (alive >= wanted.least) return "";
    return std::to_string(alive) + " of " + std::to_string(wanted.least) +
           (wanted.least == 1 ? " member is alive" : " members are alive");
  }
  std::string operator()(const condition::Member& wanted) const {
    const Found found = find(snapshot, selector);
    if (!found.mesh) return wanted.up ? found.lacking : "";
    const auto member = control::find_member(*found.mesh, {wanted.member});
    if (!member && member.error().code == Code::conflict) return member.error().message;
    if (!member) return wanted.up ? member.error().message : "";
    const bool up = (*member)->state == MemberState::alive;
    return up == wanted.up ? "" : control::label(**member) + " is " + std::string(name((*member)->state));
  }
  std::string operator()(const condition::Peer& wanted) const {
    const Found found = find(snapshot, selector);
    if (!found.mesh) return found.lacking;
    const auto member = control::find_member(*found.mesh, {wanted.member});
    if (!member) return member.error().message;
    const auto& last = (*member)->last_handshake;
    if (last && now - *last <= kFreshHandshake) return "";
    return last ? "the last handshake with " + control::label(**member) + " was " + control::age(*last, now) + " ago"
                : "there was no handshake with " + control::label(**member) + " yet";
  }
  std::string operator()(const condition::Route& wanted) const {
    for (const MeshView& mesh : snapshot.meshes)
      if (mesh.prefix.contains(wanted.prefix)) return state_of(mesh);
    for (const control::RouteView& route : snapshot.routes)
      if (route.prefix.contains(wanted.prefix) &&
          std::ranges::find(route.exits, control::ExitState::chosen, &control::ExitView::state) != route.exits.end())
        return "";
    return "there is no way to " + wanted.prefix.to_string();
  }
};

}  // namespace

Result<Condition> parse_condition(std::string_view text) {
  if (text == "ready") return condition::Ready{};
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size()) return no_condition(text);
  const std::string_view what = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (what == "mesh") return condition::InMesh{std::string(value)};
  if (what == "members") return parse_members(value);
  if (what == "member") return parse_member(value);
  if (what == "peer") return condition::Peer{std::string(value)};
  if (what != "route") return no_condition(text);
  return addr::Prefix::parse(value).map([](const addr::Prefix& prefix) { return Condition(condition::Route{prefix}); });
}

std::string lacking(const Condition& condition, const control::Snapshot& snapshot, const control::MeshSelector& mesh,
                    WallTime now) {
  return std::visit(Lacking{snapshot, mesh, now}, condition);
}

}  // namespace smeg::ctl
