// Meshes that this host asks to be let into, without an invite: again and again, until somebody there has decided.
#include <algorithm>

#include "node/impl.h"
#include "wire/session.pb.h"

namespace smeg::node {
namespace {

// Answers that mean "not now": another attempt may have another one.
bool may_change(const Error& error) { return error.code == Code::unavailable || error.code == Code::malformed; }

std::string vias_of(const control::MeshAsk& wanted) {
  std::string out;
  for (const addr::HostPort& via : wanted.vias) out += (out.empty() ? "" : ", ") + via.to_string();
  return out;
}

}  // namespace

Node::Impl::Outcome Node::Impl::ask(const control::MeshAsk& wanted, Instant now) {
  if (const auto free = check_new_mesh(wanted.mesh, wanted.name); !free) return fail(free.error());
  if (!asks_.contains(wanted.mesh) && asks_.size() >= limits::kJoinAsks)
    return fail(Code::too_large, "this host asks to be let into " + std::to_string(asks_.size()) + " meshes already",
                "`smegctl mesh leave` ends one");
  asks_[wanted.mesh] = {.kept = {wanted, {}}, .due = now, .backoff = {}, .standing = {}};
  work_asks(now);
  host_.state_changed = host_.view_changed = true;
  const auto key = crypto::derive_identity(seed_, wanted.mesh.bytes);
  return control::MeshAsked{wanted.mesh, wanted.name, crypto::signing_public_key(key)};
}

void Node::Impl::work_asks(Instant now) {
  if (stopping_ || host_.down) return;
  for (auto& [mesh, ask] : asks_) {
    if (now < ask.due) continue;
    const bool joining =
        std::ranges::any_of(joinings_, [&, id = mesh](const auto& entry) { return entry.second.mesh == id; });
    ask.due = joining ? now + limits::kJoinAsksApart : kNever;
    if (joining) continue;
    std::vector<DialTarget> targets;
    for (const addr::HostPort& via : ask.kept.wanted.vias)
      targets.push_back({via.host(), via.port.value_or(host_.config.control_port)});
    const auto key = crypto::derive_identity(seed_, mesh.bytes);
    const SessionId session = host_.next_session();
    host_.outbox.push(UseIdentity{mesh, trust::make_join_certificate(key), key, false});
    host_.outbox.push(Dial{session, mesh, Protocol::join, targets, std::nullopt, host_.config.timeout});
    joinings_.emplace(session, Joining{std::nullopt, mesh, ask.kept.wanted.name, ask.kept.wanted.options, std::nullopt,
                                       key, std::move(targets), session, now + host_.config.timeout * 2});
  }
}

void Node::Impl::send_ask(const Joining& joining) {
  const auto ask = asks_.find(joining.mesh);
  if (ask == asks_.end()) return;
  const Role role = joining.options.role.value_or(host_.base_for(joining.name).role);
  wire::Envelope envelope;
  wire::AdmissionRequest& request = *envelope.mutable_admission_request();
  request.set_role(role == Role::client ? wire::ROLE_CLIENT : wire::ROLE_PEER);
  request.set_note(ask->second.kept.wanted.note);
  host_.outbox.push(Send{joining.session, to_bytes(envelope.SerializeAsString())});
}

void Node::Impl::end_ask(const MeshId& mesh, const std::optional<Outcome>& outcome, Instant now) {
  const auto found = asks_.find(mesh);
  if (found == asks_.end()) return;
  Ask& ask = found->second;
  host_.view_changed = true;
  if (outcome && *outcome) {
    host_.note(Note::Level::info, "mesh " + trust::to_text(mesh) + ": this host was let in");
    asks_.erase(found);
    host_.view_urgent = host_.state_changed = true;
    return;
  }
  if (outcome && !may_change(outcome->error())) {
    ask.kept.refusal = outcome->error().message;
    host_.note(Note::Level::warning, "mesh " + trust::to_text(mesh) + ": this host is not let in: " + ask.kept.refusal);
    host_.view_urgent = host_.state_changed = true;
    return;
  }
  ask.standing = outcome ? outcome->error().message : "nobody there has decided yet";
  ask.backoff = std::clamp<Duration>(ask.backoff * 2, limits::kJoinAsksApart, limits::kJoinAsksApartAtMost);
  ask.due = now + ask.backoff;
}

control::MeshView Node::Impl::view_of(const Ask& ask) const {
  control::MeshView mesh;
  const control::MeshAsk& wanted = ask.kept.wanted;
  mesh.id = wanted.mesh;
  mesh.name = wanted.name;
  mesh.prefix = addr::mesh_prefix(mesh.id);
  mesh.self = crypto::signing_public_key(crypto::derive_identity(seed_, wanted.mesh.bytes));
  const bool refused = !ask.kept.refusal.empty();
  mesh.state = refused ? control::MeshState::refused : control::MeshState::joining;
  mesh.state_detail = refused ? ask.kept.refusal
                              : "asks " + vias_of(wanted) + " as " + control::fingerprint(mesh.self) +
                                    (ask.standing.empty() ? "" : "; " + ask.standing);
  return mesh;
}

Result<std::optional<MeshId>> Node::Impl::find_ask(const control::MeshSelector& selector) const {
  std::vector<control::MeshChoice> choices;
  for (const auto& [id, membership] : memberships_) choices.push_back({id, membership.name()});
  for (const auto& [id, ask] : asks_) choices.push_back({id, ask.kept.wanted.name});
  const auto chosen = control::choose_mesh(choices, selector);
  if (!chosen) return fail(chosen.error());
  if (*chosen < memberships_.size()) return std::nullopt;
  return choices[*chosen].id;
}

Node::Impl::Outcome Node::Impl::forget_ask(const MeshId& mesh) {
  for (const auto& [session, joining] : joinings_) {
    if (joining.mesh != mesh || joining.invite) continue;
    host_.outbox.push(Close{session, "no more"});
    host_.outbox.push(ForgetIdentity{mesh});
    joinings_.erase(session);
    break;
  }
  asks_.erase(mesh);
  host_.state_changed = host_.view_changed = true;
  return control::Done{};
}

}  // namespace smeg::node
