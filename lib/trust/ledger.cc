// Taking items in. What follows from them: ledger_view.cc. Whether a certificate counts: ledger_check.cc.
#include "trust/ledger.h"

#include <algorithm>

#include "trust/domains.h"

namespace smeg::trust {
namespace {

tl::unexpected<Error> bad_root_signature() {
  return fail(Code::unauthenticated, "it is not signed by the root of the mesh");
}

tl::unexpected<Error> full(std::string_view what, std::size_t limit) {
  return fail(Code::too_large,
              "the mesh has " + std::to_string(limit) + " " + std::string(what) + ", which is the limit");
}

}  // namespace

bool Mandate::honours(CertificateNumber number) const { return !last_honoured || number <= *last_honoured; }

Ledger::Ledger(const Genesis& genesis) : genesis_(genesis), mesh_(genesis.mesh_id()) {
  roots_.push_back({genesis.root_key, genesis.next_root_hash, {}});
}

Result<Applied> Ledger::apply(const Item& item) {
  if (items_.contains(item.id())) return Applied{};
  if (const auto* removal = std::get_if<Item::SignedRemoval>(&item.content())) return apply_removal(item, *removal);
  const auto* step = std::get_if<Item::SignedStep>(&item.content());
  const auto inserted =
      step ? insert_step(item, *step) : insert_statement(item, std::get<Item::SignedStatement>(item.content()));
  if (!inserted) return fail(inserted.error());
  conclude();
  const bool kept = items_.contains(item.id());
  return Applied{kept, kept, {}};
}

Result<bool> Ledger::insert_step(const Item& item, const Item::SignedStep& content) {
  const RootStep& step = content.step;
  const std::size_t index = step.index.value;
  if (step.mesh != mesh_) return fail(Code::conflict, "a step of the root of another mesh");
  if (items_.contains(item.id())) return false;
  if (index > limits::kRootSteps) return full("changes of its root", limits::kRootSteps);
  if (index > roots_.size()) return fail(Code::unavailable, "an earlier change of the root is not known here yet");
  const Root& before = roots_[index - 1];
  if (!verify_step(content, before.key, before.next_hash)) return bad_root_signature();
  if (index < roots_.size())
    return fail(Code::conflict, "the root of the mesh was changed twice in different ways",
                "somebody else has copies of the keys of two roots: found a new mesh");
  items_.emplace(item.id(), item);
  steps_.push_back(item.id());
  roots_.push_back({step.root_key, step.next_root_hash, step.carried});
  return true;
}

Result<bool> Ledger::insert_statement(const Item& item, const Item::SignedStatement& content) {
  if (items_.contains(item.id())) return false;
  if (content.root < root_) return fail(Code::expired, "it is signed by a root that has been succeeded");
  if (content.root.value >= roots_.size())
    return fail(Code::unavailable, "the root that signed it is not known here yet");
  if (!verify_statement(content, mesh_, roots_[content.root.value].key)) return bad_root_signature();
  if (statements_.size() >= limits::kStatements) return full("statements of its root", limits::kStatements);
  const auto* delegation = std::get_if<Delegation>(&content.statement);
  if (delegation && !mandates_.contains(delegation->number) && mandates_.size() >= limits::kDelegations)
    return full("delegations", limits::kDelegations);
  items_.emplace(item.id(), item);
  statements_.emplace(StatementKey{content.root, statement_id(content.payload)}, item.id());
  return true;
}

Result<Applied> Ledger::apply_removal(const Item& item, const Item::SignedRemoval& content) {
  const auto judged = std::visit([&](const auto& removal) { return judge(content, removal); }, content.removal);
  if (!judged) return fail(judged.error());
  const RemovalKey& key = judged->first;
  Removed fresh = judged->second;
  fresh.item = item.id();
  const auto held = removals_.find(key);
  if (held != removals_.end()) {
    if (!supersedes(fresh, held->second)) return Applied{};
    items_.erase(held->second.item);
  } else if (removals_.size() >= limits::kRemovals) {
    return full("removals", limits::kRemovals);
  }
  removals_.insert_or_assign(key, fresh);
  items_.emplace(item.id(), item);
  digest_.reset();
  return Applied{true, false, key.identity};
}

Result<std::pair<Ledger::RemovalKey, Ledger::Removed>> Ledger::judge(const Item::SignedRemoval& content,
                                                                     const Leave& leave) const {
  const Certificate& certificate = leave.certificate;
  if (const auto good = check_issue(certificate); !good) return fail(good.error());
  if (const auto good = check_signature(certificate); !good) return fail(good.error());
  if (!crypto::verify(certificate.identity(), domains::kLeave, signed_removal(mesh_, content.payload),
                      content.signature))
    return fail(Code::unauthenticated, "the member that is said to leave did not sign it");
  Removed removed;
  removed.up_to = certificate.incarnation();
  removed.epoch = certificate.rights().epoch;
  removed.number = certificate.number();
  removed.delegate = certificate.issuer();
  return std::pair(RemovalKey{certificate.identity(), certificate.rights().delegation, certificate.hash()}, removed);
}

Result<std::pair<Ledger::RemovalKey, Ledger::Removed>> Ledger::judge(const Item::SignedRemoval& content,
                                                                     const Revocation& revocation) const {
  const Mandate* mandate = this->mandate(revocation.delegation);
  if (mandate == nullptr) return fail(Code::unavailable, "the delegate that signed the removal is not known here yet");
  if (!crypto::verify(mandate->delegation.identity, domains::kRevocation, signed_removal(mesh_, content.payload),
                      content.signature))
    return fail(Code::unauthenticated, "the delegate that the removal names did not sign it");
  if (mandate->revoked()) return fail(Code::revoked, "the delegate that signed the removal was revoked");
  if (!revocation.ban) {
    if (const auto good = check_epoch(revocation.epoch, "the removal"); !good) return fail(good.error());
  }
  Removed removed;
  removed.up_to = revocation.up_to;
  removed.ban = revocation.ban;
  removed.epoch = revocation.epoch;
  removed.delegate = mandate->delegation.identity;
  return std::pair(RemovalKey{revocation.identity, revocation.delegation, {}}, removed);
}

// A ban counts for every incarnation, and so goes before all else.
bool Ledger::supersedes(const Removed& candidate, const Removed& held) const {
  return candidate.up_to != held.up_to ? candidate.up_to > held.up_to : candidate.item < held.item;
}

}  // namespace smeg::trust
