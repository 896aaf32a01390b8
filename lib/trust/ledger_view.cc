// What follows from the steps and statements that a ledger took in, and what it tells of itself.
#include <algorithm>
#include <tuple>

#include "trust/domains.h"
#include "trust/item_codec.h"
#include "trust/ledger.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

// Which of two removals that the root signed for one scope counts.
bool stronger(const Revocation& a, const Revocation& b) {
  return std::tie(a.ban, a.epoch, a.up_to) > std::tie(b.ban, b.epoch, b.up_to);
}

// Nothing can come of an item that only a later version knows; anything else that is wrong is an error.
template <class Field, class Take>
Result<void> for_each_item(const Field& field, Take take) {
  for (const auto& in : field) {
    const auto item = get_item(in);
    if (!item && item.error().code == Code::unsupported) continue;
    if (!item) return fail(item.error());
    if (const auto taken = take(*item); !taken) return fail(taken.error());
  }
  return {};
}

}  // namespace

void Ledger::conclude() {
  digest_.reset();
  advance_root();
  derive_view();
  drop_void_removals();
}

// The newest root whose statements are all there counts; until then the one before does.
void Ledger::advance_root() {
  RootIndex best = root_;
  for (RootIndex index{root_.value + 1}; index.value < roots_.size(); ++index.value) {
    if (complete(index)) best = index;
  }
  if (best == root_) return;
  root_ = best;
  while (!statements_.empty() && statements_.begin()->first.first < root_) {
    items_.erase(statements_.begin()->second);
    statements_.erase(statements_.begin());
  }
}

bool Ledger::complete(RootIndex index) const {
  return std::ranges::all_of(roots_[index.value].carried, [&](const StatementId& id) {
    return statements_.contains({index, id});
  });
}

// Afterwards the statements of the root that counts are those in force, and those that its step names: a newcomer has
// to find the latter complete.
void Ledger::derive_view() {
  std::set<ItemId> in_force;
  derive_delegations(in_force);
  derive_root_removals(in_force);
  in_force_ = std::move(in_force);
  const auto& carried = roots_[root_.value].carried;
  const std::set<StatementId> needed(carried.begin(), carried.end());
  for (auto at = statements_.begin(); at != statements_.end() && at->first.first == root_;) {
    if (in_force_.contains(at->second) || needed.contains(at->first.second)) {
      ++at;
      continue;
    }
    items_.erase(at->second);
    at = statements_.erase(at);
  }
}

// Of two delegations with one number the one with the lower statement id counts; of two revocations the stricter one.
void Ledger::derive_delegations(std::set<ItemId>& in_force) {
  std::map<DelegationNumber, std::pair<CertificateNumber, ItemId>> revoked;
  ItemId floor{};
  epoch_ = {};
  mandates_.clear();
  for (const auto& [key, id] : statements_) {
    if (key.first != root_) break;
    const auto& statement = std::get<Item::SignedStatement>(items_.at(id).content()).statement;
    if (const auto* delegation = std::get_if<Delegation>(&statement)) {
      if (mandates_.try_emplace(delegation->number, Mandate{*delegation, {}}).second) in_force.insert(id);
    } else if (const auto* revocation = std::get_if<DelegationRevocation>(&statement)) {
      const auto [at, fresh] = revoked.try_emplace(revocation->delegation, revocation->last_honoured, id);
      if (!fresh && revocation->last_honoured < at->second.first) at->second = {revocation->last_honoured, id};
    } else if (const auto* raised = std::get_if<Floor>(&statement); raised && raised->epoch > epoch_) {
      epoch_ = raised->epoch;
      floor = id;
    } else if (std::holds_alternative<UnknownStatement>(statement)) {
      in_force.insert(id);
    }
  }
  if (epoch_ > Epoch{}) in_force.insert(floor);
  for (const auto& [number, last] : revoked) {
    in_force.insert(last.second);
    if (const auto mandate = mandates_.find(number); mandate != mandates_.end())
      mandate->second.last_honoured = last.first;
  }
}

void Ledger::derive_root_removals(std::set<ItemId>& in_force) {
  std::map<std::pair<crypto::IdentityKey, DelegationNumber>, ItemId> ids;
  root_removals_.clear();
  for (const auto& [key, id] : statements_) {
    if (key.first != root_) break;
    const auto& statement = std::get<Item::SignedStatement>(items_.at(id).content()).statement;
    const auto* revocation = std::get_if<Revocation>(&statement);
    if (revocation == nullptr || (!revocation->ban && revocation->epoch < epoch_)) continue;
    const std::pair scope(revocation->identity, revocation->delegation);
    const auto [at, fresh] = root_removals_.try_emplace(scope, *revocation);
    if (!fresh && !stronger(*revocation, at->second)) continue;
    at->second = *revocation;
    ids[scope] = id;
  }
  for (const auto& [scope, id] : ids) in_force.insert(id);
}

void Ledger::drop_void_removals() {
  for (auto at = removals_.begin(); at != removals_.end();) {
    if (stands(at->first, at->second)) {
      ++at;
      continue;
    }
    items_.erase(at->second.item);
    at = removals_.erase(at);
  }
}

// Whether a removal that was accepted once would be accepted now. Signatures and addresses do not change.
bool Ledger::stands(const RemovalKey& key, const Removed& removed) const {
  const Mandate* mandate = this->mandate(key.delegation);
  if (mandate == nullptr || mandate->delegation.identity != removed.delegate) return false;
  if (!removed.ban && removed.epoch != epoch_) return false;
  const auto& content = std::get<Item::SignedRemoval>(items_.at(removed.item).content());
  const auto* leave = std::get_if<Leave>(&content.removal);
  if (leave == nullptr) return !mandate->revoked();
  return mandate->honours(removed.number) && mandate->grants(leave->certificate).has_value();
}

std::vector<ItemId> Ledger::item_ids() const {
  std::vector<ItemId> ids;
  ids.reserve(items_.size());
  for (const auto& [id, item] : items_) ids.push_back(id);
  return ids;
}

bool Ledger::has(const ItemId& id) const { return items_.contains(id); }

std::optional<Item> Ledger::item(const ItemId& id) const {
  const auto at = items_.find(id);
  return at == items_.end() ? std::nullopt : std::optional(at->second);
}

const ByteArray<32>& Ledger::digest() const {
  if (!digest_) {
    Bytes ids;
    ids.reserve(items_.size() * std::tuple_size_v<ItemId>);
    for (const auto& [id, item] : items_) ids.insert(ids.end(), id.begin(), id.end());
    digest_ = crypto::hash<32>(domains::kLedgerDigest, {mesh_.bytes, ids});
  }
  return *digest_;
}

std::vector<Item> Ledger::items() const {
  std::vector<Item> out;
  out.reserve(items_.size());
  for (const ItemId& id : steps_) out.push_back(items_.at(id));
  for (const auto& [key, id] : statements_) out.push_back(items_.at(id));
  for (const auto& [key, removed] : removals_) out.push_back(items_.at(removed.item));
  return out;
}

std::vector<Item> Ledger::statements() const {
  std::vector<Item> out;
  for (const auto& [key, id] : statements_) {
    if (in_force_.contains(id)) out.push_back(items_.at(id));
  }
  return out;
}

std::vector<Item> Ledger::removals() const {
  std::vector<Item> out;
  for (const auto& [key, removed] : removals_) out.push_back(items_.at(removed.item));
  return out;
}

std::vector<Item> Ledger::removals_of(const crypto::IdentityKey& identity) const {
  std::vector<Item> out;
  for (const Item& item : statements()) {
    const auto* content = std::get_if<Item::SignedStatement>(&item.content());
    const auto* revocation = content ? std::get_if<Revocation>(&content->statement) : nullptr;
    if (revocation && revocation->identity == identity) out.push_back(item);
  }
  for (auto at = removals_.lower_bound({identity, {}, {}}); at != removals_.end() && at->first.identity == identity;
       ++at)
    out.push_back(items_.at(at->second.item));
  return out;
}

void Ledger::charter_to_proto(wire::LedgerBundle& bundle) const {
  proto::set_genesis(genesis_, *bundle.mutable_genesis());
  for (const ItemId& id : steps_)
    set_item(std::get<Item::SignedStep>(items_.at(id).content()), *bundle.add_root_steps());
  for (const auto& [key, id] : statements_)
    set_item(std::get<Item::SignedStatement>(items_.at(id).content()), *bundle.add_statements());
}

void Ledger::to_proto(wire::LedgerBundle& bundle) const {
  charter_to_proto(bundle);
  for (const auto& [key, removed] : removals_)
    set_item(std::get<Item::SignedRemoval>(items_.at(removed.item).content()), *bundle.add_removals());
}

Bytes Ledger::encode() const {
  wire::LedgerBundle bundle;
  to_proto(bundle);
  return proto::serialize(bundle);
}

Result<Ledger> Ledger::from_proto(const wire::LedgerBundle& bundle, const MeshId& mesh) {
  const auto genesis = proto::get_genesis(bundle.genesis());
  if (!genesis) return fail(genesis.error());
  if (genesis->mesh_id() != mesh)
    return fail(Code::unauthenticated, "the genesis is not that of mesh " + to_text(mesh));
  Ledger ledger(*genesis);
  const auto steps = for_each_item(bundle.root_steps(), [&](const Item& item) {
    return ledger.insert_step(item, std::get<Item::SignedStep>(item.content()));
  });
  if (!steps) return fail(steps.error());
  const auto statements = for_each_item(bundle.statements(), [&](const Item& item) {
    return ledger.insert_statement(item, std::get<Item::SignedStatement>(item.content()));
  });
  if (!statements) return fail(statements.error());
  ledger.conclude();
  const auto removals = for_each_item(bundle.removals(), [&](const Item& item) { return ledger.apply(item); });
  if (!removals) return fail(removals.error());
  return ledger;
}

Result<Ledger> Ledger::decode(ByteView bundle, const MeshId& mesh) {
  const auto parsed = proto::parse<wire::LedgerBundle>(bundle);
  if (!parsed) return fail(Code::malformed, "not what a mesh agrees on");
  return from_proto(*parsed, mesh);
}

}  // namespace smeg::trust
