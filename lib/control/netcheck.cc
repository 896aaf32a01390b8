#include "control/netcheck.h"

#include <algorithm>

#include "control/codec.h"
#include "control/lookup.h"
#include "control/render.h"
#include "control/table.h"

namespace smeg::control {
namespace {

constexpr std::size_t kMostTried = 8;  // as many as a member has sessions with

struct MeshCheck {
  std::size_t wanted = 0;  // sessions, open or not
  std::size_t open = 0;
  std::size_t inbound = 0;  // of those that are open: others dialled
  std::string error;        // of one that is not open
  std::size_t tried = 0;
  std::size_t answered = 0;
  std::size_t large_tried = 0;
  std::size_t large_answered = 0;
  std::size_t large = 0;  // bytes
};

MeshCheck check_of(const MeshView& mesh, const TriedMembers& tried) {
  MeshCheck out;
  out.wanted = mesh.sessions.size();
  for (const SessionView& session : mesh.sessions) {
    out.open += session.open;
    out.inbound += session.open && session.inbound;
    if (!session.open && !session.error.empty()) out.error = session.error;
  }
  for (const auto& [who, at] : tried) {
    if (who.first != mesh.id) continue;
    ++out.tried;
    out.answered += at.answered;
    out.large_tried += at.large != 0;
    out.large_answered += at.large_answered;
    out.large = std::max(out.large, at.large);
  }
  return out;
}

std::string of(std::size_t part, std::size_t all) { return std::to_string(part) + " of " + std::to_string(all); }

std::string reached_text(const MeshCheck& check, const MemberView* self) {
  if (check.inbound > 0)
    return std::to_string(check.inbound) + (check.inbound == 1 ? " member has" : " members have") +
           " dialled this host: it can be reached";
  if (self && self->role == Role::client)
    return "nobody has dialled this host, which is a client and need not be reached";
  return "nobody has dialled this host so far; if that stays so, let TCP to its port for sessions through, or tell "
         "where "
         "it is reached with publicEndpoint";
}

std::string packets_text(const MeshCheck& check) {
  if (check.tried == 0) return "nobody is there to try packets with";
  std::string out = of(check.answered, check.tried) + (check.tried == 1 ? " member answers" : " members answer");
  if (check.large_tried == 0) return out;
  out +=
      "; packets of " + std::to_string(check.large) + " bytes pass to " + of(check.large_answered, check.large_tried);
  if (check.large_answered < check.large_tried)
    out += ": something on the way carries less and doesn't say so; set a smaller `mtu`, 1280 always does";
  return out;
}

std::string tunnel_text(const MeshView& mesh) {
  if (mesh.interfaces.empty()) return "none: " + mesh.backend_reason;
  const InterfaceView& at = mesh.interfaces.front();
  return at.name + ", " + std::string(name(at.backend)) + ", UDP port " + std::to_string(at.listen_port) + ", MTU " +
         std::to_string(at.mtu);
}

}  // namespace

std::vector<const MemberView*> to_try(const MeshView& mesh) {
  std::vector<const MemberView*> out;
  for (const MemberView& member : mesh.members) {
    if (member.self || member.state != MemberState::alive || !member.wg_public_key || out.size() == kMostTried)
      continue;
    out.push_back(&member);
  }
  return out;
}

std::string netcheck_text(const Snapshot& snapshot, const TriedMembers& tried) {
  if (snapshot.meshes.empty())
    return "This host is in no mesh: there is nobody who could tell how it is seen. Join one with `smegctl mesh join "
           "TOKEN`.\n";
  std::string out;
  for (const MeshView& mesh : snapshot.meshes) {
    const MeshCheck check = check_of(mesh, tried);
    const MemberView* self = self_of(mesh);
    out += (out.empty() ? "mesh " : "\nmesh ") + label(mesh) + '\n';
    Table table(2);
    table.row({"sessions", of(check.open, check.wanted) + " open" +
                               (check.error.empty() ? "" : "; one ended with: " + printable(check.error))});
    table.row({"reached", reached_text(check, self)});
    if (self)
      for (const EndpointView& endpoint : self->endpoints) table.row({endpoint.kind, endpoint.at.to_string()});
    table.row({"tunnel", tunnel_text(mesh)});
    table.row({"packets", packets_text(check)});
    out += table.text();
  }
  for (const Problem& problem : snapshot.daemon.problems) out += "\nproblem: " + printable(problem.message) + '\n';
  return out;
}

std::string netcheck_json(const Snapshot& snapshot, const TriedMembers& tried) {
  JsonArray meshes;
  for (const MeshView& mesh : snapshot.meshes) {
    const MeshCheck check = check_of(mesh, tried);
    JsonArray endpoints;
    if (const MemberView* self = self_of(mesh))
      for (const EndpointView& endpoint : self->endpoints)
        endpoints.push_back(JsonObject{{"kind", endpoint.kind}, {"at", endpoint.at.to_string()}});
    meshes.push_back(
        JsonObject{{"mesh", to_text(mesh.id)},
                   {"name", text_or_null(mesh.name)},
                   {"sessions", JsonObject{{"wanted", check.wanted}, {"open", check.open}, {"inbound", check.inbound}}},
                   {"reached", check.inbound > 0},
                   {"endpoints", std::move(endpoints)},
                   {"packets", JsonObject{{"tried", check.tried},
                                          {"answered", check.answered},
                                          {"largeBytes", check.large},
                                          {"largeTried", check.large_tried},
                                          {"largeAnswered", check.large_answered}}}});
  }
  return with_schema({{"meshes", std::move(meshes)}});
}

}  // namespace smeg::control
