// Commands of the operator, and joining.
#include <algorithm>

#include "config/render.h"
#include "node/impl.h"
#include "wire/session.pb.h"

namespace smeg::node {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

Result<control::Reply> done(Result<void> result) {
  if (!result) return fail(result.error());
  return control::Done{};
}

template <class T>
Result<control::Reply> answer(Result<T> result) {
  if (!result) return fail(result.error());
  return control::Reply(std::move(*result));
}

// The commands that concern one mesh, carried out in it.
struct InMesh {
  using Outcome = Result<control::Reply>;
  Membership& mesh;
  Instant now;

  Outcome operator()(const control::MemberAdmit& c) const { return done(mesh.admit_request(c)); }
  Outcome operator()(const control::MemberRefuse& c) const { return done(mesh.refuse_request(c, now)); }
  Outcome operator()(const control::MemberRevoke& c) const { return done(mesh.revoke_member(c, now)); }
  Outcome operator()(const control::InviteCreate& c) const { return answer(mesh.create_invite(c, now)); }
  Outcome operator()(const control::InviteRevoke& c) const { return done(mesh.revoke_invite(c.id)); }
  Outcome operator()(const control::GuestAdd& c) const { return answer(mesh.add_guest(c, now)); }
  Outcome operator()(const control::GuestShow& c) const { return answer(mesh.show_guest(c)); }
  Outcome operator()(const control::GuestRemove& c) const { return done(mesh.remove_guest(c.name, now)); }
  Outcome operator()(const control::KeyRotate& c) const { return answer(mesh.rotate_key(c, now)); }
  Outcome operator()(const control::AuthorityExport& c) const { return answer(mesh.export_authority(c)); }
  Outcome operator()(const control::AuthorityImport& c) const { return done(mesh.import_authority(c, now)); }
  Outcome operator()(const control::SelfChange& c) const { return done(mesh.change_self(c, now)); }
  Outcome operator()(const control::ServiceSet& c) const { return done(mesh.set_service(c.service, now)); }
  Outcome operator()(const control::ServiceRemove& c) const { return done(mesh.remove_service(c, now)); }
  Outcome operator()(const control::AliasSet& c) const { return done(mesh.set_alias(c.alias, now)); }
};

Code code_named(const std::string& text) {
  for (const Code code : {Code::malformed, Code::too_large, Code::unsupported, Code::invalid, Code::unauthenticated,
                          Code::forbidden, Code::expired, Code::used_up, Code::revoked, Code::not_found, Code::exists,
                          Code::conflict, Code::unavailable, Code::io})
    if (text == name(code)) return code;
  return Code::forbidden;
}

}  // namespace

void Node::Impl::reply(CommandId id, Outcome outcome, Instant now) {
  host_.view_urgent = host_.view_changed = true;
  // The view that the command brought comes before its answer, so that whoever asks next sees it.
  publish_view(now);
  host_.outbox.push(Reply{id, std::move(outcome)});
}

void Node::Impl::on_command(CommandId id, control::Command command, Instant now) {
  if (stopping_) {
    host_.outbox.push_now(Reply{id, fail(Code::unavailable, "smegd stops", "try again once it has started")});
  } else if (!storage_problem_.empty()) {
    host_.outbox.push_now(Reply{id, fail(Code::io, "the state can't be saved: " + storage_problem_,
                                         "make room or mend the state directory; smegd tries again by itself")});
  } else if (auto outcome = carry_out(id, command, now)) {
    for (auto& [mesh, membership] : memberships_) membership.settle(now);
    update_desired(now);
    reply(id, std::move(*outcome), now);
  }
  finish(now);
}

std::optional<Node::Impl::Outcome> Node::Impl::carry_out(CommandId id, const control::Command& command, Instant now) {
  using Maybe = std::optional<Outcome>;
  return std::visit(Overloaded{[&](const control::MeshCreate& c) -> Maybe { return create(c, now); },
                               [&](const control::MeshJoin& c) -> Maybe { return start_join(id, c, now); },
                               [&](const control::MeshAsk& c) -> Maybe { return ask(c, now); },
                               [&](const control::MeshLeave& c) -> Maybe { return leave(c, now); },
                               [&](const control::DaemonUp& c) -> Maybe { return turn(c.on, now); },
                               [&](const control::DaemonReload&) -> Maybe {
                                 read_configuration({id, false});
                                 return std::nullopt;
                               },
                               [&](const control::DaemonConfig&) -> Maybe {
                                 return control::ConfigShown{config::to_yaml(host_.config, true)};
                               },
                               [&](const control::DaemonConfigDiff&) -> Maybe {
                                 read_configuration({id, true});
                                 return std::nullopt;
                               },
                               [&](const control::DaemonLogLevel& c) -> Maybe {
                                 set_log_level(c.level);
                                 return control::Done{};
                               },
                               [&](const control::ExitDrain& c) -> Maybe {
                                 routing_.drain(c.on);
                                 host_.state_changed = true;
                                 return control::Done{};
                               },
                               [&](const auto& c) -> Maybe {
                                 const auto membership = select(c.mesh);
                                 if (!membership) return fail(membership.error());
                                 if ((*membership)->standing_down())
                                   return fail(Code::revoked, "this host is not a member of that mesh any more",
                                               "`smegctl mesh leave` forgets it");
                                 return InMesh{**membership, now}(c);
                               }},
                    command);
}

Result<Membership*> Node::Impl::select(const control::MeshSelector& selector) {
  std::vector<control::MeshChoice> choices;
  std::vector<Membership*> memberships;
  for (auto& [id, membership] : memberships_) {
    choices.push_back({id, membership.name()});
    memberships.push_back(&membership);
  }
  const auto chosen = control::choose_mesh(choices, selector);
  if (!chosen) return fail(chosen.error());
  return memberships[*chosen];
}

Result<void> Node::Impl::check_new_mesh(const MeshId& id, const std::string& name) const {
  if (memberships_.contains(id))
    return fail(Code::exists, "this host is in that mesh already", "`smegctl mesh show` shows it");
  if (memberships_.size() >= limits::kMeshesPerHost)
    return fail(Code::too_large, "this host is in " + std::to_string(limits::kMeshesPerHost) + " meshes already",
                "leave one first");
  for (const auto& [other, membership] : memberships_) {
    if (!name.empty() && membership.name() == name)
      return fail(Code::exists, "there is a mesh called '" + name + "' already", "choose another name");
    if (addr::mesh_prefix(other) == addr::mesh_prefix(id))
      return fail(Code::conflict,
                  "that mesh has the prefix of mesh " + trust::to_text(other) + ", which this host is in",
                  "one of them was made to look like the other; ask whoever sent the invite");
  }
  return {};
}

Membership& Node::Impl::enter(MembershipParts parts, Instant now) {
  const MeshId id = parts.ledger.mesh();
  const auto [at, fresh] = memberships_.try_emplace(id, host_, seed_, std::move(parts), now);
  host_.routes_changed = host_.standing_changed = host_.desired_changed = host_.view_changed = true;
  return at->second;
}

Node::Impl::Outcome Node::Impl::create(const control::MeshCreate& wanted, Instant now) {
  if (const auto free = check_new_mesh({}, wanted.name); !free) return fail(free.error());
  auto founding =
      trust::found_mesh(seed_, host_.secrets, {}, wanted.options.role.value_or(host_.base_for(wanted.name).role));
  if (!founding) return fail(founding.error());
  const MeshId id = founding->ledger.mesh();
  Membership& membership = enter({.name = wanted.name,
                                  .options = wanted.options,
                                  .ledger = std::move(founding->ledger),
                                  .certificate = std::move(founding->certificate),
                                  .issuer = std::move(founding->issuer),
                                  .root = std::move(founding->authority),
                                  .wg_key = crypto::generate_wg_key(host_.secrets),
                                  .alias = {},
                                  .description = {},
                                  .interface_number = std::nullopt},
                                 now);
  host_.state_changed = true;
  return control::MeshEntered{id, wanted.name, membership.address()};
}

Node::Impl::Outcome Node::Impl::leave(const control::MeshLeave& wanted, Instant now) {
  const auto ask = find_ask(wanted.mesh);
  if (!ask) return fail(ask.error());
  if (*ask) return forget_ask(**ask);
  const auto membership = select(wanted.mesh);
  if (!membership) return fail(membership.error());
  const MeshId id = (*membership)->id();
  (*membership)->leave(now);
  (*membership)->close_all("left the mesh");
  host_.outbox.push(ForgetIdentity{id});
  memberships_.erase(id);
  std::erase_if(owners_, [&](const auto& entry) { return entry.second == id; });
  host_.state_changed = host_.members_changed = true;
  host_.routes_changed = host_.standing_changed = host_.desired_changed = true;
  return control::Done{};
}

// ---- Joining

std::optional<Node::Impl::Outcome> Node::Impl::start_join(std::optional<CommandId> id, const control::MeshJoin& wanted,
                                                          Instant now) {
  const auto invite = trust::Invite::parse(wanted.token.expose());
  if (!invite) return fail(invite.error());
  if (host_.down) return fail(Code::unavailable, "this host's meshes are off", "`smegctl up` turns them on");
  if (const auto free = check_new_mesh(invite->mesh, wanted.name); !free) return fail(free.error());
  for (const auto& [session, other] : joinings_)
    if (other.invite && other.mesh == invite->mesh)
      return fail(Code::exists, "this host is joining that mesh already", "wait for it to end");
  std::vector<DialTarget> targets;
  for (const addr::HostPort& via : wanted.vias)
    targets.push_back({via.host(), via.port.value_or(host_.config.control_port)});
  for (const addr::HostPort& contact : invite->contacts)
    targets.push_back({contact.host(), contact.port.value_or(host_.config.control_port)});
  if (targets.empty())
    return fail(Code::unavailable, "the token names no address of the host that made it",
                "say where it is: --via HOST[:PORT]");
  const auto key = crypto::derive_identity(seed_, invite->mesh.bytes);
  const SessionId session = host_.next_session();
  host_.outbox.push(UseIdentity{invite->mesh, trust::make_join_certificate(key), key, false});
  host_.outbox.push(Dial{session, invite->mesh, Protocol::join, targets, invite->issuer, host_.config.timeout});
  joinings_.emplace(session, Joining{id, invite->mesh, wanted.name, wanted.options, *invite, key, std::move(targets),
                                     session, now + host_.config.timeout * 2});
  host_.view_changed = true;
  return std::nullopt;
}

void Node::Impl::on_join_opened(Joining& joining, const SessionOpened& opened, Instant now) {
  if (!joining.invite) return send_ask(joining);
  const auto issuer = trust::certificate_identity(opened.peer_certificate);
  if (!issuer || *issuer != joining.invite->issuer)
    return end_join(
        opened.session,
        fail(Code::unauthenticated, "the host at " + opened.remote.to_string() + " is not the one that made the invite",
             "give that host's address with --via HOST[:PORT]"),
        now);
  std::optional<Role> role = joining.options.role;
  if (!role && host_.base_for(joining.name).role == Role::client) role = Role::client;
  wire::Envelope envelope;
  trust::make_join_request(*joining.invite, crypto::signing_public_key(joining.key), opened.exporter, {}, role)
      .to_proto(*envelope.mutable_join_request());
  host_.outbox.push(Send{opened.session, to_bytes(envelope.SerializeAsString())});
}

void Node::Impl::on_join_message(Joining& joining, ByteView message, Instant now) {
  const SessionId session = joining.session;
  wire::Envelope envelope;
  const bool read = envelope.ParseFromArray(message.data(), static_cast<int>(message.size()));
  if (read && !joining.invite && envelope.join_reply().has_pending()) return end_join(session, std::nullopt, now);
  end_join(session,
           read && envelope.has_join_reply() ? accept(joining, envelope.join_reply(), now)
                                             : fail(Code::malformed, "the other host's answer makes no sense",
                                                    "see that both run the same version of smegd"),
           now);
}

Node::Impl::Outcome Node::Impl::accept(const Joining& joining, const wire::JoinReply& reply, Instant now) {
  if (!reply.has_welcome())
    return fail(code_named(reply.refusal().code()), printable(reply.refusal().message(), limits::kRefusalBytes),
                printable(reply.refusal().hint(), limits::kRefusalBytes));
  const crypto::IdentityKey self = crypto::signing_public_key(joining.key);
  const wire::Admission& admission = reply.welcome().admission();
  auto accepted = joining.invite ? trust::accept_admission(admission, *joining.invite, self)
                                 : trust::accept_admission(admission, joining.mesh, self);
  if (!accepted) return fail(accepted.error());
  const MeshId id = accepted->ledger.mesh();
  std::string name = joining.name;
  if (name.empty())
    if (const auto proposed = parse_label(reply.welcome().mesh_name(), "a mesh name"); proposed) name = *proposed;
  if (joining.name.empty() && !check_new_mesh(id, name)) name.clear();
  if (const auto free = check_new_mesh(id, name); !free) return fail(free.error());
  const crypto::IdentityKey issuer = accepted->certificate.issuer();
  Membership& membership = enter({.name = name,
                                  .options = joining.options,
                                  .ledger = std::move(accepted->ledger),
                                  .certificate = std::move(accepted->certificate),
                                  .issuer = std::nullopt,
                                  .root = std::nullopt,
                                  .wg_key = crypto::generate_wg_key(host_.secrets),
                                  .alias = {},
                                  .description = {},
                                  .interface_number = std::nullopt},
                                 now);
  std::vector<Bytes> items;
  for (const std::string& item : reply.welcome().items()) items.push_back(to_bytes(as_bytes(item)));
  membership.take_in(std::move(items));
  membership.add_contact(issuer, joining.targets, now);
  host_.state_changed = true;
  return control::MeshEntered{id, name, membership.address()};
}

void Node::Impl::end_join(SessionId session, const std::optional<Outcome>& outcome, Instant now) {
  const auto node = joinings_.extract(session);
  if (!node) return;
  const Joining& joining = node.mapped();
  const bool refused = outcome && !*outcome;
  host_.outbox.push(Close{session, refused ? outcome->error().message : "answered"});
  if (!memberships_.contains(joining.mesh)) host_.outbox.push(ForgetIdentity{joining.mesh});
  if (!joining.invite) return end_ask(joining.mesh, outcome, now);
  if (!refused && asks_.erase(joining.mesh) != 0) host_.state_changed = true;  // a token came before the answer
  if (joining.command) return reply(*joining.command, *outcome, now);
  end_provision(joining.name, *outcome, now);
}

}  // namespace smeg::node
