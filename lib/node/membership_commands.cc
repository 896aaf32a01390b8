// What the operator wants of a membership.
#include <algorithm>

#include "node/membership.h"

namespace smeg::node {
namespace {

constexpr std::string_view kNoMandate = "this host may not admit members to the mesh";
constexpr std::string_view kNoMandateHint =
    "run this on the host that created the mesh, or on one that joined by an --admin invite";

}  // namespace

Result<control::InviteCreated> Membership::create_invite(const control::InviteCreate& wanted, Instant now) {
  if (!parts_.issuer) return fail(Code::forbidden, std::string(kNoMandate), std::string(kNoMandateHint));
  std::vector<addr::HostPort> contacts;
  for (const mesh::MemberEndpoint& endpoint : own_endpoints()) {
    if (endpoint.control_port == 0) continue;
    const auto* address = std::get_if<addr::IpAddress>(&endpoint.host);
    contacts.push_back(address
                           ? addr::HostPort{*address, {}, endpoint.control_port}
                           : addr::HostPort{std::nullopt, std::get<std::string>(endpoint.host), endpoint.control_port});
  }
  const trust::InviteTerms terms{.role = wanted.role,
                                 .admin = wanted.admin,
                                 .aliases = {},
                                 .prefixes = wanted.grants,
                                 .uses = wanted.uses,
                                 .expires_in = wanted.expires};
  const auto invite = parts_.issuer->create_invite(mesh_.ledger(), terms, std::move(contacts), parts_.root.has_value(),
                                                   host_.wall(now), host_.secrets);
  if (!invite) return fail(invite.error());
  host_.state_changed = host_.view_changed = true;
  return control::InviteCreated{control::SecretText(invite->to_token()), invite->id(),
                                invite->expires.value_or(WallTime::max()), invite->uses};
}

Result<void> Membership::revoke_invite(const std::string& id) {
  if (!parts_.issuer) return fail(Code::forbidden, std::string(kNoMandate), std::string(kNoMandateHint));
  std::vector<crypto::InviteKey> fitting;
  for (const trust::InviteRecord& invite : parts_.issuer->invites())
    if (!id.empty() && control::to_text(invite.id).starts_with(id)) fitting.push_back(invite.id);
  if (fitting.empty()) return fail(Code::not_found, "no invite '" + id + "'", "`smegctl invite list` shows them");
  if (fitting.size() > 1)
    return fail(Code::conflict, "'" + id + "' fits " + std::to_string(fitting.size()) + " invites",
                "write more of the id");
  const auto revoked = parts_.issuer->revoke_invite(fitting.front());
  if (!revoked) return fail(revoked.error());
  host_.state_changed = host_.view_changed = true;
  return {};
}

Result<void> Membership::revoke_member(const control::MemberRevoke& wanted, Instant now) {
  std::vector<control::MemberChoice> choices;
  std::vector<const mesh::Member*> members;
  for (const mesh::Member& member : mesh_.members()) {
    if (member.revoked) continue;
    choices.push_back({member.identity, member.address.value_or(addr::IpAddress{}), member.alias});
    members.push_back(&member);
  }
  const auto chosen = control::choose_member(choices, wanted.member);
  if (!chosen) return fail(chosen.error());
  const mesh::Member member = *members[*chosen];
  if (member.identity == self_)
    return fail(Code::invalid, "that is this host itself", "`smegctl mesh leave` takes it out of the mesh");
  const trust::Ledger& ledger = mesh_.ledger();
  if (parts_.root && parts_.root->check(ledger)) {
    // The root goes for everything: a delegate loses its mandate first, so that it can't admit itself again.
    if (const trust::Mandate* mandate = ledger.mandate_of(member.identity)) {
      const auto items = parts_.root->revoke_delegation(ledger, mandate->delegation.number,
                                                        highest_number(mandate->delegation.number));
      if (!items) return fail(items.error());
      for (const trust::Item& item : *items)
        if (auto taken = take_trust(item, now); !taken) return taken;
    }
    const auto item =
        parts_.root->revoke(mesh_.ledger(), member.identity, trust::Incarnation{member.incarnation}, wanted.ban);
    if (!item) return fail(item.error());
    return take_trust(*item, now);
  }
  if (!parts_.issuer) return fail(Code::forbidden, std::string(kNoMandate), std::string(kNoMandateHint));
  const trust::Certificate* certificate = mesh_.certificate_of(member.identity);
  if (!certificate) return fail(Code::not_found, "that member's certificate is not known here");
  const auto item = parts_.issuer->revoke(*certificate, wanted.ban, ledger);
  if (!item) return fail(item.error());
  return take_trust(*item, now);
}

// Certificates that a delegate has issued so far stay good when it loses its mandate.
trust::CertificateNumber Membership::highest_number(trust::DelegationNumber delegation) const {
  trust::CertificateNumber highest{};
  for (const mesh::Member& member : mesh_.members())
    if (!member.revoked && member.seniority.delegation == delegation)
      highest = std::max(highest, member.seniority.number);
  return highest;
}

Result<control::KeyRotated> Membership::rotate_key(const control::KeyRotate& wanted, Instant now) {
  if (!parts_.guests.empty() && !wanted.force) {
    std::string names;
    for (const KeptGuest& guest : parts_.guests) names += (names.empty() ? "" : ", ") + guest.name;
    return fail(Code::conflict, "guests of this host know its WireGuard key: " + names,
                "--force rotates it all the same; each guest then needs what `smegctl guest show NAME` prints");
  }
  parts_.wg_key = crypto::generate_wg_key(host_.secrets);
  host_.state_changed = host_.desired_changed = true;
  publish(now);
  return control::KeyRotated{crypto::wg_public_key(parts_.wg_key)};
}

Result<control::AuthorityExported> Membership::export_authority(const control::AuthorityExport& wanted) {
  if (!parts_.root)
    return fail(Code::not_found, "this host does not hold the root key of the mesh",
                "run this on the host that created it");
  const control::SecretText sealed(parts_.root->export_sealed(wanted.key, host_.secrets));
  if (wanted.remove) {
    parts_.root.reset();
    host_.state_changed = host_.view_changed = true;
  }
  return control::AuthorityExported{id(), sealed};
}

Result<void> Membership::import_authority(const control::AuthorityImport& wanted, Instant now) {
  auto root = trust::RootAuthority::import_sealed(wanted.sealed.expose(), wanted.key);
  if (!root) return fail(root.error());
  if (root->mesh() != id())
    return fail(Code::conflict, "that is the root key of mesh " + trust::to_text(root->mesh()),
                "choose that mesh with -m, or another file");
  if (const auto fits = root->check(mesh_.ledger()); !fits) return fits;
  parts_.root = std::move(*root);
  host_.state_changed = host_.view_changed = true;
  if (mesh_.ledger().mandate_of(self_)) return {};
  // Whoever holds the root may admit.
  const auto item =
      parts_.root->delegate(mesh_.ledger(), {.number = {}, .identity = self_, .powers = trust::Powers::all()});
  if (!item) return fail(item.error());
  return take_trust(*item, now);
}

Result<void> Membership::check_alias(const std::string& alias) const {
  const bool taken = std::ranges::any_of(mesh_.members(), [&](const mesh::Member& member) {
    return !member.revoked && !alias.empty() && member.identity != self_ && member.alias == alias;
  });
  if (taken) return fail(Code::exists, "another member is called '" + alias + "'", "choose another alias");
  return {};
}

Result<void> Membership::set_alias(const std::string& alias, Instant now) {
  return change_self({.mesh = {}, .alias = alias, .description = {}}, now);
}

Result<void> Membership::change_self(const control::SelfChange& wanted, Instant now) {
  if (wanted.alias)
    if (auto free = check_alias(*wanted.alias); !free) return free;
  if (wanted.alias) parts_.alias = *wanted.alias;
  if (wanted.description) parts_.description = *wanted.description;
  host_.state_changed = true;
  publish(now);
  return {};
}

Result<void> Membership::set_service(const Service& service, Instant now) {
  std::vector<Service> services = parts_.services;
  std::erase_if(services,
                [&](const Service& other) { return other.name == service.name && other.protocol == service.protocol; });
  services.push_back(service);
  if (auto fits = check_services(with_configured(services)); !fits) return fits;
  parts_.services = std::move(services);
  host_.state_changed = true;
  publish(now);
  return {};
}

Result<void> Membership::remove_service(const control::ServiceRemove& wanted, Instant now) {
  const auto meant = [&](const Service& service) {
    return service.name == wanted.name && (!wanted.protocol || service.protocol == *wanted.protocol);
  };
  const bool configured = std::ranges::any_of(base().services, meant);
  if (std::erase_if(parts_.services, meant) == 0) {
    if (configured)
      return fail(Code::conflict, "the service '" + wanted.name + "' is one of the configuration",
                  "take it out of `services` there, and `smegctl reload`");
    return fail(Code::not_found, "this host announces no service '" + wanted.name + "' in the mesh",
                "`smegctl service list` shows those of all members");
  }
  host_.state_changed = true;
  publish(now);
  return {};
}

void Membership::leave(Instant now) {
  offline_ = true;
  if (!standing_down())
    if (const auto taken = take_trust(trust::make_leave(parts_.certificate, key_), now); !taken)
      host_.note(Note::Level::warning, "could not tell members that we leave: " + taken.error().message);
  flush_news(now);
}

void Membership::go_offline(Instant now) {
  if (offline_) return;
  offline_ = true;
  publish(now);
  flush_news(now);
}

void Membership::go_down(Instant now) {
  go_offline(now);
  links_.set_targets({}, now);
  std::set<SessionId> sessions;
  for (const auto& [session, peer] : peers_) sessions.insert(session);
  for (const auto& [session, join] : joiners_) sessions.insert(session);
  for (const SessionId session : links_.all_sessions()) sessions.insert(session);
  for (const SessionId session : sessions) drop_session(session, "this host is off", now);
}

MembershipParts Membership::release() && {
  parts_.ledger = mesh_.ledger();
  return std::move(parts_);
}

void Membership::configuration_changed(Instant now) {
  next_pull_ = now + host_.jitter.jitter(host_.config.pull_interval);
  republish_ = true;
}

}  // namespace smeg::node
