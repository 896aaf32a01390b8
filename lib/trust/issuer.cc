// Redeeming invites and issuing certificates. The invites themselves: issuer_invites.cc.
#include "trust/issuer.h"

#include <algorithm>

namespace smeg::trust {
namespace {

Result<Role> choose_role(const InviteTerms& terms, const JoinRequest& request) {
  const Role role = request.role.value_or(terms.role);
  // Whoever may carry for others may also do without.
  if (role != terms.role && role != Role::client)
    return fail(Code::forbidden,
                "the invite is for the role " + std::string(name(terms.role)) + ", not " + std::string(name(role)));
  return role;
}

// In the place of an invite, of those who had none.
constexpr crypto::InviteKey kNoInvite{};

// The alias that goes into the certificate. One that the invite does not grant is left for the member to claim.
Result<std::string> choose_alias(const InviteTerms& terms, const JoinRequest& request, const Surroundings& around) {
  const Powers given{{}, {}, terms.aliases};
  std::string alias = given.covers_alias(request.alias) ? request.alias : std::string();
  if (request.alias.empty() && terms.aliases.size() == 1 && terms.aliases[0] != kAnyAlias) alias = terms.aliases[0];
  if (!alias.empty() && around.alias_granted && around.alias_granted(alias))
    return fail(Code::conflict, "the alias " + alias + " is granted to another member", "ask for another one");
  return alias;
}

}  // namespace

Issuer::Issuer(const MeshId& mesh, const crypto::IdentityPrivateKey& key)
    : mesh_(mesh), key_(key), identity_(crypto::signing_public_key(key)) {}

Result<const Mandate*> Issuer::own_mandate(const Ledger& ledger) const {
  if (const Mandate* mandate = ledger.mandate_of(identity_)) return mandate;
  const bool revoked = std::ranges::any_of(ledger.mandates(), [&](const auto& entry) {
    return entry.second.delegation.identity == identity_ && entry.second.revoked();
  });
  if (revoked) return fail(Code::forbidden, "this host's right to admit members was revoked");
  return fail(Code::forbidden, "this host may not admit members",
              "work on a host that may, or let this one join with an --admin invite");
}

Result<void> Issuer::check_request(const JoinRequest& request, const crypto::IdentityKey& joiner,
                                   const TlsExporter& exporter) const {
  if (request.mesh != mesh_) return fail(Code::conflict, "the token is for another mesh");
  if (request.issuer != identity_)
    return fail(Code::conflict, "the token was made by another member, and only that one takes it",
                "dial the member that made it");
  if (!proves_invite(request, joiner, exporter))
    return fail(Code::unauthenticated, "the joiner has not proved that it holds the token");
  if (joiner == identity_) return fail(Code::exists, "this host is a member already");
  return {};
}

Result<void> Issuer::check_invite(const InviteRecord& invite, const Ledger& ledger, const RootAuthority* authority,
                                  WallTime now) const {
  switch (invite.state(now)) {
    case InviteRecord::State::revoked: return fail(Code::revoked, "the token was revoked", "ask for a new one");
    case InviteRecord::State::used_up: return fail(Code::used_up, "the token is used up", "ask for a new one");
    case InviteRecord::State::expired: return fail(Code::expired, "the token has expired", "ask for a new one");
    case InviteRecord::State::open: break;
  }
  if (!invite.terms.admin) return {};
  if (authority == nullptr)
    return fail(Code::unavailable,
                "the token makes an administrator, which needs the root's key, and this host has it no more",
                "import it here with `smegctl authority import`");
  return authority->check(ledger);
}

const InviteRecord* Issuer::find_invite(const crypto::InviteKey& id) const {
  const auto at = std::ranges::find(invites_, id, &InviteRecord::id);
  return at == invites_.end() ? nullptr : &*at;
}

Result<Certificate> Issuer::remake(const Redemption& redemption) const {
  return Certificate::make(redemption.identity, redemption.number, redemption.rights, key_);
}

std::optional<Certificate> Issuer::issued_before(const crypto::InviteKey& invite, const crypto::IdentityKey& joiner,
                                                 const Ledger& ledger, const Surroundings& around) const {
  const auto at = std::find_if(redemptions_.rbegin(), redemptions_.rend(), [&](const Redemption& redemption) {
    return redemption.invite == invite && redemption.identity == joiner;
  });
  if (at == redemptions_.rend()) return std::nullopt;
  const auto certificate = remake(*at);
  if (!certificate || !ledger.check(*certificate) || certificate->incarnation() < around.incarnation)
    return std::nullopt;
  return *certificate;
}

Result<Incarnation> Issuer::next_incarnation(const crypto::IdentityKey& identity, DelegationNumber delegation,
                                             const Ledger& ledger, const Surroundings& around) const {
  if (ledger.banned(identity)) return fail(Code::forbidden, "the joiner is banned from the mesh");
  const Incarnation removed = ledger.removed_up_to(identity, delegation);
  if (removed == kEveryIncarnation) return fail(Code::forbidden, "the joiner is banned by this host");
  Incarnation last = std::max(removed, around.incarnation);
  for (const Redemption& redemption : redemptions_) {
    if (redemption.identity != identity) continue;
    if (const auto rights = Rights::decode(redemption.rights)) last = std::max(last, rights->incarnation);
  }
  if (last.value >= kEveryIncarnation.value - 1)
    return fail(Code::forbidden, "the joiner was admitted as often as it can be");
  return Incarnation{last.value + 1};
}

Result<Certificate> Issuer::draft(const crypto::IdentityKey& identity, Rights rights, const Ledger& ledger,
                                  const Surroundings& around) const {
  const auto mandate = own_mandate(ledger);
  if (!mandate) return fail(mandate.error());
  const DelegationNumber delegation = (*mandate)->delegation.number;
  const auto incarnation = next_incarnation(identity, delegation, ledger, around);
  if (!incarnation) return fail(incarnation.error());
  const auto last = last_number_.find(delegation);
  const CertificateNumber own = last == last_number_.end() ? CertificateNumber{} : last->second;
  const CertificateNumber before = std::max(own, around.highest_number);
  if (before.value >= (*mandate)->delegation.max_certificates)
    return fail(Code::forbidden, "this host has admitted as many members as it may");
  rights.mesh = mesh_;
  rights.delegation = delegation;
  rights.epoch = ledger.epoch();
  rights.incarnation = *incarnation;
  for (unsigned count = 0; count < addr::kAddressCounts; ++count) {
    if (around.address_taken && around.address_taken(addr::member_address(mesh_, identity, count))) continue;
    rights.address_count = count;
    auto certificate = Certificate::make(identity, {before.value + 1}, rights.encode(), key_);
    if (!certificate) return fail(certificate.error());
    if (const auto good = ledger.check(*certificate); !good) return fail(good.error());
    return certificate;
  }
  return fail(Code::conflict, "all addresses that the joiner may have are taken by others");
}

void Issuer::take_number(const Certificate& certificate) {
  last_number_[certificate.rights().delegation] = certificate.number();
}

void Issuer::remember(Redemption redemption) {
  if (redemptions_.size() >= limits::kRedemptions) redemptions_.pop_front();
  redemptions_.push_back(std::move(redemption));
}

Result<Certificate> Issuer::admit(const InviteRecord& invite, const JoinRequest& request,
                                  const crypto::IdentityKey& joiner, const Ledger& ledger,
                                  const Surroundings& around) const {
  const auto role = choose_role(invite.terms, request);
  if (!role) return fail(role.error());
  auto alias = choose_alias(invite.terms, request, around);
  if (!alias) return fail(alias.error());
  Rights rights;
  rights.role = *role;
  rights.alias = *std::move(alias);
  rights.prefixes = invite.terms.prefixes;
  rights.invite = invite.id;
  rights.use = invite.used + 1;
  return draft(joiner, std::move(rights), ledger, around);
}

Result<Admitted> Issuer::redeem(const JoinRequest& request, const crypto::IdentityKey& joiner,
                                const TlsExporter& exporter, const Ledger& ledger, const Surroundings& around,
                                const RootAuthority* authority, WallTime now) {
  if (const auto good = check_request(request, joiner, exporter); !good) return fail(good.error());
  const InviteRecord* invite = find_invite(request.invite);
  if (invite == nullptr) return fail(Code::not_found, "this host knows no such token", "ask for a new one");
  auto certificate = invite->revoked ? std::nullopt : issued_before(request.invite, joiner, ledger, around);
  const bool repeated = certificate.has_value();
  if (!repeated) {
    if (const auto good = check_invite(*invite, ledger, authority, now); !good) return fail(good.error());
    auto fresh = admit(*invite, request, joiner, ledger, around);
    if (!fresh) return fail(fresh.error());
    certificate = *std::move(fresh);
  }
  std::optional<Item> delegation;
  if (invite->terms.admin && authority != nullptr && ledger.mandate_of(joiner) == nullptr) {
    auto item = authority->delegate(ledger, Delegation{{}, joiner, Powers::all()});
    if (!item) return fail(item.error());
    delegation = *std::move(item);
  }
  if (!repeated) {
    take_number(*certificate);
    ++std::ranges::find(invites_, request.invite, &InviteRecord::id)->used;
    remember({request.invite, joiner, certificate->number(), certificate->rights().encode()});
  }
  return Admitted{*std::move(certificate), std::move(delegation), repeated};
}

Result<Certificate> Issuer::admit_asking(const crypto::IdentityKey& joiner, Role role, const Ledger& ledger,
                                         const Surroundings& around) {
  if (joiner == identity_) return fail(Code::exists, "this host is a member already");
  Rights rights;
  rights.role = role;
  auto certificate = draft(joiner, std::move(rights), ledger, around);
  if (!certificate) return certificate;
  take_number(*certificate);
  remember({kNoInvite, joiner, certificate->number(), certificate->rights().encode()});
  return certificate;
}

std::optional<Certificate> Issuer::admitted_asking(const crypto::IdentityKey& joiner, const Ledger& ledger,
                                                   const Surroundings& around) const {
  return issued_before(kNoInvite, joiner, ledger, around);
}

Result<Certificate> Issuer::issue_own(const Ledger& ledger, const Surroundings& around, std::string alias, Role role) {
  Rights rights;
  rights.role = role;
  rights.alias = std::move(alias);
  auto certificate = draft(identity_, std::move(rights), ledger, around);
  if (certificate) take_number(*certificate);
  return certificate;
}

Result<Item> Issuer::revoke(const Certificate& member, bool ban, const Ledger& ledger) const {
  const Mandate* mandate = ledger.mandate(member.rights().delegation);
  if (member.rights().mesh != mesh_ || mandate == nullptr || mandate->delegation.identity != identity_ ||
      !member.signed_by(identity_))
    return fail(Code::forbidden, "this member was admitted by somebody else",
                "revoke it on the host that admitted it, or on one that holds the root's key");
  if (mandate->revoked())
    return fail(Code::forbidden, "this host's right to admit members was revoked",
                "the root has to revoke this member");
  return make_revocation(mesh_,
                         {member.identity(), ban ? kEveryIncarnation : member.incarnation(), ban,
                          member.rights().delegation, ledger.epoch()},
                         key_);
}

}  // namespace smeg::trust
