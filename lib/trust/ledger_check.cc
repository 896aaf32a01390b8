// Whether a certificate counts.
#include <algorithm>

#include "trust/ledger.h"

namespace smeg::trust {

const Mandate* Ledger::mandate(DelegationNumber number) const {
  const auto at = mandates_.find(number);
  return at == mandates_.end() ? nullptr : &at->second;
}

const Mandate* Ledger::mandate_of(const crypto::IdentityKey& identity) const {
  for (auto at = mandates_.rbegin(); at != mandates_.rend(); ++at) {
    const Mandate& mandate = at->second;
    if (mandate.delegation.identity == identity && mandate.delegation.may_admit && !mandate.revoked()) return &mandate;
  }
  return nullptr;
}

DelegationNumber Ledger::next_delegation() const {
  return {mandates_.empty() ? 1 : mandates_.rbegin()->first.value + 1};
}

// What costs most comes last.
Result<void> Ledger::check(const Certificate& certificate) const {
  if (const auto good = check_standing(certificate); !good) return fail(good.error());
  return check_signature(certificate);
}

Result<void> Ledger::check_standing(const Certificate& certificate) const {
  if (const auto good = check_issue(certificate); !good) return fail(good.error());
  if (banned(certificate.identity())) return fail(Code::forbidden, "this member is banned from the mesh");
  const Incarnation removed = removed_up_to(certificate.identity(), certificate.rights().delegation);
  if (removed == kEveryIncarnation)
    return fail(Code::forbidden, "this member is banned by the delegate that admitted it");
  if (certificate.incarnation() <= removed)
    return fail(Code::revoked, "this member has left the mesh or was removed from it",
                "it can join again with a new invite");
  return {};
}

// All but removals and the signature.
Result<void> Ledger::check_issue(const Certificate& certificate) const {
  const Rights& rights = certificate.rights();
  if (rights.mesh != mesh_) return fail(Code::conflict, "a certificate of another mesh, " + to_text(rights.mesh));
  const Mandate* mandate = this->mandate(rights.delegation);
  if (mandate == nullptr)
    return fail(Code::unavailable, "the delegate that signed the certificate is not known here yet");
  if (certificate.issuer() != mandate->delegation.identity)
    return fail(Code::unauthenticated, "the certificate is signed by somebody who is not the delegate that it names");
  if (!mandate->honours(certificate.number()))
    return fail(Code::revoked, "the delegate that signed the certificate was revoked");
  if (const auto good = check_epoch(rights.epoch, "the certificate"); !good) return fail(good.error());
  if (const auto good = mandate->grants(certificate); !good) return fail(good.error());
  if (certificate.address() != addr::member_address(mesh_, certificate.identity(), rights.address_count))
    return fail(Code::invalid, "the certificate names an address that does not follow from its key");
  return {};
}

Result<void> Ledger::check_signature(const Certificate& certificate) const {
  if (certificate.signed_by(certificate.issuer())) return {};
  return fail(Code::unauthenticated, "the signature of the certificate does not fit");
}

Result<void> Mandate::grants(const Certificate& certificate) const {
  const Rights& rights = certificate.rights();
  if (!delegation.may_admit)
    return fail(Code::forbidden, "the delegate that signed the certificate may not admit members");
  if (certificate.number().value > delegation.max_certificates)
    return fail(Code::forbidden, "the delegate has signed more certificates than the " +
                                     std::to_string(delegation.max_certificates) + " that it may");
  if (!delegation.powers.covers(rights.role))
    return fail(Code::forbidden, "the delegate may not grant the role " + std::string(name(rights.role)));
  if (!delegation.powers.covers_alias(rights.alias))
    return fail(Code::forbidden, "the delegate may not grant the alias " + rights.alias);
  const auto beyond = std::ranges::find_if(
      rights.prefixes, [&](const addr::Prefix& prefix) { return !delegation.powers.covers(prefix); });
  if (beyond != rights.prefixes.end())
    return fail(Code::forbidden, "the delegate may not grant the prefix " + beyond->to_string());
  return {};
}

// What is signed for an epoch that is yet to come would escape the floor that begins it.
Result<void> Ledger::check_epoch(Epoch epoch, std::string_view what) const {
  if (epoch < epoch_)
    return fail(Code::expired, std::string(what) + " is older than the floor that the root of the mesh has set",
                "join again with a new invite");
  if (epoch > epoch_) return fail(Code::unavailable, std::string(what) + " is of an epoch that is not known here yet");
  return {};
}

Incarnation Ledger::removed_up_to(const crypto::IdentityKey& identity, DelegationNumber delegation) const {
  Incarnation up_to{};
  for (auto at = removals_.lower_bound({identity, {}, {}}); at != removals_.end() && at->first.identity == identity;
       ++at) {
    const bool leave = at->second.number.value != 0;  // by whomever it was admitted
    if (leave || at->first.delegation == delegation) up_to = std::max(up_to, at->second.up_to);
  }
  for (const DelegationNumber scope : {DelegationNumber{}, delegation}) {
    const auto at = root_removals_.find({identity, scope});
    if (at != root_removals_.end()) up_to = std::max(up_to, at->second.up_to);
  }
  return up_to;
}

bool Ledger::banned(const crypto::IdentityKey& identity) const {
  const auto at = root_removals_.find({identity, {}});
  return at != root_removals_.end() && at->second.ban;
}

}  // namespace smeg::trust
