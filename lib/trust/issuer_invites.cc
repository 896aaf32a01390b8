// An issuer's invites, and its state on disk.
#include <algorithm>

#include "trust/issuer.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

constexpr auto kLongestExpiry = std::chrono::hours(24 * 36'525);  // a hundred years

Result<void> check_terms(const InviteTerms& terms, const Delegation& delegation) {
  if (terms.uses == 0 || terms.uses > limits::kInviteUses)
    return fail(Code::invalid, "an invite can be used 1 to " + std::to_string(limits::kInviteUses) + " times");
  if (terms.expires_in && (*terms.expires_in <= Duration::zero() || *terms.expires_in > kLongestExpiry))
    return fail(Code::invalid, "an invite expires after more than nothing and at most 100 years");
  if (terms.prefixes.size() > limits::kPrefixesPerCertificate)
    return fail(Code::too_large, "more than " + std::to_string(limits::kPrefixesPerCertificate) + " prefixes");
  if (const auto good = check_alias_grants(terms.aliases); !good) return fail(good.error());
  if (!delegation.powers.covers(terms.role))
    return fail(Code::forbidden, "this host may not grant the role " + std::string(name(terms.role)));
  for (const addr::Prefix& prefix : terms.prefixes) {
    if (!delegation.powers.covers(prefix))
      return fail(Code::forbidden, "this host may not grant the prefix " + prefix.to_string());
  }
  for (const std::string& alias : terms.aliases) {
    if (!delegation.powers.covers_alias(alias))
      return fail(Code::forbidden, "this host may not grant the alias " + alias);
    if (alias != kAnyAlias && terms.uses != 1)
      return fail(Code::invalid, "an invite that grants the alias " + alias + " can be used once only");
  }
  return {};
}

Result<void> check_contacts(const std::vector<addr::HostPort>& contacts) {
  if (contacts.size() > limits::kEndpointsPerRecord)
    return fail(Code::too_large, "more than " + std::to_string(limits::kEndpointsPerRecord) + " places to dial");
  if (!std::ranges::all_of(contacts, [](const addr::HostPort& contact) { return contact.port.has_value(); }))
    return fail(Code::invalid, "a place to dial without a port");
  return {};
}

void set_invite(const InviteRecord& invite, wire::InviteState& out) {
  proto::set_bytes(*out.mutable_id(), invite.id.bytes);
  out.set_role(proto::set_role(invite.terms.role));
  out.set_admin(invite.terms.admin);
  for (const std::string& alias : invite.terms.aliases) out.add_aliases(alias);
  for (const addr::Prefix& prefix : invite.terms.prefixes) proto::set_prefix(prefix, *out.add_prefixes());
  out.set_uses(invite.terms.uses);
  out.set_used(invite.used);
  out.set_created(proto::to_seconds(invite.created));
  if (invite.expires) out.set_expires(proto::to_seconds(*invite.expires));
  out.set_revoked(invite.revoked);
}

Result<InviteRecord> get_invite(const wire::InviteState& in) {
  InviteRecord out;
  const auto role = proto::get_role(in.role());
  auto prefixes = proto::get_prefixes(in.prefixes());
  if (!proto::get_bytes(in.id(), out.id.bytes) || !role || !prefixes)
    return fail(Code::malformed, "a malformed invite");
  out.terms.role = *role;
  out.terms.admin = in.admin();
  out.terms.aliases.assign(in.aliases().begin(), in.aliases().end());
  if (const auto good = check_alias_grants(out.terms.aliases); !good) return fail(good.error());
  out.terms.prefixes = *std::move(prefixes);
  out.terms.uses = in.uses();
  out.used = in.used();
  out.created = proto::from_seconds(in.created());
  if (in.expires() != 0) out.expires = proto::from_seconds(in.expires());
  out.revoked = in.revoked();
  if (out.terms.uses == 0 || out.terms.uses > limits::kInviteUses || out.used > out.terms.uses)
    return fail(Code::invalid, "an invite with impossible uses");
  return out;
}

}  // namespace

InviteRecord::State InviteRecord::state(WallTime now) const {
  if (revoked) return State::revoked;
  if (used >= terms.uses) return State::used_up;
  return expires && now >= *expires ? State::expired : State::open;
}

std::string_view name(InviteRecord::State state) {
  switch (state) {
    case InviteRecord::State::open: return "open";
    case InviteRecord::State::expired: return "expired";
    case InviteRecord::State::used_up: return "usedUp";
    case InviteRecord::State::revoked: return "revoked";
  }
  return "unknown";
}

std::vector<InviteRecord> Issuer::invites() const { return invites_; }

// The oldest invite that is of no use any more makes way for a new one. False where all are of use.
bool Issuer::make_room(WallTime now) {
  if (invites_.size() < limits::kInvites) return true;
  const auto done = std::ranges::find_if(
      invites_, [&](const InviteRecord& invite) { return invite.state(now) != InviteRecord::State::open; });
  if (done == invites_.end()) return false;
  std::erase_if(redemptions_, [&](const Redemption& redemption) { return redemption.invite == done->id; });
  invites_.erase(done);
  return true;
}

Result<Invite> Issuer::create_invite(const Ledger& ledger, const InviteTerms& terms,
                                     std::vector<addr::HostPort> contacts, bool can_delegate, WallTime now,
                                     KeySource& secrets) {
  const auto mandate = own_mandate(ledger);
  if (!mandate) return fail(mandate.error());
  if (terms.admin && !can_delegate)
    return fail(Code::forbidden, "only a host that holds the root's key can invite an administrator");
  if (const auto good = check_terms(terms, (*mandate)->delegation); !good) return fail(good.error());
  if (const auto good = check_contacts(contacts); !good) return fail(good.error());
  if (!make_room(now))
    return fail(Code::too_large, "there are " + std::to_string(limits::kInvites) + " open invites already",
                "revoke some with `smegctl invite revoke`");
  Invite invite;
  invite.mesh = mesh_;
  invite.issuer = identity_;
  invite.contacts = std::move(contacts);
  invite.seed = crypto::InvitePrivateKey(crypto::Secret<32>::random(secrets));
  invite.uses = terms.uses;
  // To the second, as it is kept and sent; rounded up, so that a short one is not over at once.
  const auto to_second = [](WallTime time) { return std::chrono::ceil<std::chrono::seconds>(time); };
  if (terms.expires_in)
    invite.expires = to_second(now + std::chrono::ceil<std::chrono::milliseconds>(*terms.expires_in));
  InviteRecord record{invite.id(), terms, std::chrono::floor<std::chrono::seconds>(now), invite.expires, 0, false};
  record.terms.expires_in.reset();
  invites_.push_back(std::move(record));
  return invite;
}

Result<void> Issuer::revoke_invite(const crypto::InviteKey& id) {
  const auto at = std::ranges::find(invites_, id, &InviteRecord::id);
  if (at == invites_.end()) return fail(Code::not_found, "there is no such invite", "see `smegctl invite list`");
  if (at->revoked) return fail(Code::revoked, "the invite was revoked before");
  at->revoked = true;
  return {};
}

Bytes Issuer::encode() const {
  wire::IssuerState out;
  for (const auto& [delegation, last] : last_number_) {
    auto& numbers = *out.add_numbers();
    numbers.set_delegation(delegation.value);
    numbers.set_last(last.value);
  }
  for (const InviteRecord& invite : invites_) set_invite(invite, *out.add_invites());
  for (const Redemption& redemption : redemptions_) {
    auto& entry = *out.add_redemptions();
    proto::set_bytes(*entry.mutable_invite(), redemption.invite.bytes);
    proto::set_bytes(*entry.mutable_identity(), redemption.identity.bytes);
    entry.set_number(redemption.number.value);
    proto::set_bytes(*entry.mutable_rights(), redemption.rights);
  }
  return proto::serialize(out);
}

Result<Issuer> Issuer::decode(ByteView state, const MeshId& mesh, const crypto::IdentityPrivateKey& key) {
  const auto in = proto::parse<wire::IssuerState>(state);
  if (!in) return fail(Code::malformed, "not the state of an issuer");
  if (static_cast<std::size_t>(in->invites_size()) > limits::kInvites ||
      static_cast<std::size_t>(in->redemptions_size()) > limits::kRedemptions ||
      static_cast<std::size_t>(in->numbers_size()) > limits::kDelegations)
    return fail(Code::too_large, "the state of an issuer with more than it can have");
  Issuer out(mesh, key);
  for (const auto& numbers : in->numbers()) out.last_number_[{numbers.delegation()}] = {numbers.last()};
  for (const auto& entry : in->invites()) {
    auto invite = get_invite(entry);
    if (!invite) return fail(invite.error());
    out.invites_.push_back(*std::move(invite));
  }
  for (const auto& entry : in->redemptions()) {
    Redemption redemption{{}, {}, {entry.number()}, to_bytes(entry.rights())};
    if (!proto::get_bytes(entry.invite(), redemption.invite.bytes) ||
        !proto::get_bytes(entry.identity(), redemption.identity.bytes))
      return fail(Code::malformed, "a malformed redemption of an invite");
    out.redemptions_.push_back(std::move(redemption));
  }
  return out;
}

}  // namespace smeg::trust
