#include "mesh/mesh.h"

#include <algorithm>
#include <limits>
#include <map>
#include <variant>

#include "mesh/item.h"
#include "mesh/records.h"
#include "mesh/view.h"

namespace smeg::mesh {
namespace {

// What an honest host never passes on, whatever it knows or does not know yet.
bool is_blameworthy(Code code) {
  return code == Code::malformed || code == Code::too_large || code == Code::invalid || code == Code::unauthenticated;
}

Outcome refused(const crdt::ItemKey& key, Error error) {
  Outcome out;
  out.verdict = Verdict::refused;
  out.key = key;
  out.blame = is_blameworthy(error.code);
  out.error = std::move(error);
  return out;
}

constexpr int kRankOfRoutes = 4;

// What is sent first: what the rest is judged by.
int rank(const std::optional<trust::Item>& item) {
  if (!item) return 3;
  if (std::holds_alternative<trust::Item::SignedStep>(item->content())) return 0;
  if (std::holds_alternative<trust::Item::SignedStatement>(item->content())) return 1;
  return 2;
}

}  // namespace

Mesh::Mesh(trust::Ledger ledger, Settings settings)
    : ledger_(std::make_unique<trust::Ledger>(std::move(ledger))),
      id_(ledger_->mesh()),
      self_(settings.self),
      records_(std::make_unique<Records>(*ledger_, settings.pool)),
      routes_(std::make_unique<Routes>(id_, *records_, settings.pool)),
      index_({}, settings.pool ? &settings.pool->buckets : nullptr),
      view_(std::move(settings.inside_a_mesh), settings.pool ? &settings.pool->members : nullptr) {
  index_ledger();
  (void)members();  // of none: from then on each is brought up to date by itself
}

// ---- Taking in

Outcome Mesh::apply(ByteView bytes) {
  auto item = decode_item(bytes);
  if (!item) return refused({}, std::move(item.error()));
  if (const auto* of_trust = std::get_if<trust::Item>(&*item)) return apply(*of_trust);
  if (auto* route = std::get_if<SignedRoute>(&*item)) return apply_route(std::move(*route));
  return apply_record(std::move(std::get<SignedRecord>(*item)));
}

Outcome Mesh::apply(const trust::Item& item) {
  const crdt::ItemKey key = item_key(item.id());
  auto applied = ledger_->apply(item);
  if (!applied) return refused(key, std::move(applied.error()));
  Outcome out;
  out.key = key;
  if (!applied->changed) return out;
  out.verdict = Verdict::fresh;
  out.durable = true;
  out.members_changed = true;
  recheck(*applied);
  return out;
}

// The members are looked at again: those who lost their standing go.
void Mesh::recheck(const trust::Applied& applied) {
  index_ledger();
  if (applied.recheck_all) {
    for (const auto& gone : records_->recheck_all()) index_record(gone);
  }
  if (applied.removed && records_->sweep(*applied.removed)) index_record(*applied.removed);
  soil_all();
}

void Mesh::index_ledger() {
  std::vector<trust::ItemId> now = ledger_->item_ids();
  std::vector<trust::ItemId> gone;
  std::set_difference(indexed_.begin(), indexed_.end(), now.begin(), now.end(), std::back_inserter(gone));
  for (const trust::ItemId& id : gone) {
    index_.erase(item_key(id));
    trust_names_.erase(item_key(id));
  }
  std::vector<trust::ItemId> fresh;
  std::set_difference(now.begin(), now.end(), indexed_.begin(), indexed_.end(), std::back_inserter(fresh));
  for (const trust::ItemId& id : fresh) {
    index_.set(item_key(id), {});
    trust_names_[item_key(id)] = id;
  }
  indexed_ = std::move(now);
}

void Mesh::index_record(const crypto::IdentityKey& owner) {
  if (RecordPtr record = records_->share(owner)) {
    index_.set(item_key(owner), record->stamp(), record);
    drop_routes(owner, record->record.version.incarnation);
  } else {
    index_.erase(item_key(owner));
    drop_routes(owner, std::numeric_limits<std::uint64_t>::max());
  }
}

void Mesh::index_route(const Routes::Key& route) {
  const crdt::ItemKey key = item_key(route.first, route.second);
  if (const auto stamp = routes_->stamp(route)) {
    index_.set(key, *stamp);
    routes_by_key_.insert_or_assign(key, route);
  } else {
    index_.erase(key);
    routes_by_key_.erase(key);
  }
  ++routes_generation_;
}

void Mesh::drop_routes(const crypto::IdentityKey& owner, std::uint64_t before) {
  for (const Routes::Key& route : routes_->drop_before(owner, before)) index_route(route);
}

Outcome Mesh::apply_record(SignedRecord record) {
  const auto taken = records_->take(std::move(record));
  if (!taken) return refused({}, taken.error());
  Outcome out = outcome_of(*taken);
  const VerifiedRecord* held = records_->find(taken->owner);
  if (held && taken->owner == self_ && out.verdict == Verdict::fresh) {
    out.own = OwnSighting{held->record.version, held->record.boot_id};
    next_counter_ = std::max(next_counter_, held->record.version.counter + 1);
  }
  return out;
}

Outcome Mesh::apply_route(SignedRoute route) {
  const auto taken = routes_->take(std::move(route));
  if (!taken) return refused({}, taken.error());
  Outcome out;
  out.key = item_key(taken->key.first, taken->key.second);
  if (taken->put == crdt::Put::conflict_replaced || taken->put == crdt::Put::conflict_kept)
    out.equivocator = taken->key.first;
  if (!crdt::takes(taken->put)) return out;
  out.verdict = Verdict::fresh;
  out.routes_changed = true;
  if (const auto stamp = routes_->stamp(taken->key); stamp && taken->key.first == self_)
    next_counter_ = std::max(next_counter_, stamp->version.counter + 1);
  index_route(taken->key);
  if (taken->dropped) index_route(*taken->dropped);
  return out;
}

Outcome Mesh::outcome_of(const Records::Taken& taken) {
  Outcome out;
  out.key = item_key(taken.owner);
  if (taken.put == crdt::Put::conflict_replaced || taken.put == crdt::Put::conflict_kept) out.equivocator = taken.owner;
  if (!crdt::takes(taken.put)) return out;
  out.verdict = Verdict::fresh;
  out.members_changed = true;
  index_record(taken.owner);
  if (taken.displaced) {
    index_record(*taken.displaced);
    soil_all();
  } else {
    soil(taken.owner);
  }
  return out;
}

// Most changes are of one member alone, and in a large mesh to derive all of them takes milliseconds.
void Mesh::soil(const crypto::IdentityKey& owner) {
  if (stale_ || !view_.update(members_, owner, *records_, *ledger_)) return soil_all();
  ++generation_;
  if (!changes_.any) changes_.members.push_back(owner);
}

// ---- Our own record

void Mesh::allow_counters(std::uint64_t first, std::uint64_t end) {
  next_counter_ = std::max(next_counter_, first);
  counters_end_ = end;
}

std::uint64_t Mesh::counters_left() const { return counters_end_ > next_counter_ ? counters_end_ - next_counter_ : 0; }

void Mesh::go_above(std::uint64_t counter) {
  if (counter < limits::kCounterEnd) next_counter_ = std::max(next_counter_, counter + 1);
}

Result<Bytes> Mesh::publish(const RecordContent& content, const Bytes& certificate,
                            const crypto::IdentityPrivateKey& key) {
  if (next_counter_ >= std::min(counters_end_, limits::kCounterEnd)) {
    return fail(Code::unavailable, "no counter is reserved for the next record of this host");
  }
  const auto parsed = trust::Certificate::parse(certificate);
  if (!parsed) return fail(parsed.error());
  Record record{content, id_, self_, {parsed->incarnation().value, next_counter_}};
  SignedRecord bytes = sign_record(record, certificate, key);
  Bytes item = encode_item(bytes);
  const auto taken = records_->take(std::move(bytes));
  if (!taken) return fail(taken.error());
  if (outcome_of(*taken).verdict != Verdict::fresh) {
    return fail(Code::conflict, "a newer record of this host is about");
  }
  ++next_counter_;
  return item;
}

Result<Bytes> Mesh::publish(const RouteContent& content, const crypto::IdentityPrivateKey& key) {
  const VerifiedRecord* own = records_->find(self_);
  if (!own || next_counter_ >= std::min(counters_end_, limits::kCounterEnd))
    return fail(Code::unavailable, "no counter is reserved for the next route of this host");
  Route route{content, id_, self_, {own->record.version.incarnation, next_counter_}};
  SignedRoute bytes = sign_route(route, key);
  Bytes item = encode_item(bytes);
  const Outcome taken = apply_route(std::move(bytes));
  if (taken.verdict == Verdict::refused) return fail(*taken.error);
  if (taken.verdict != Verdict::fresh) return fail(Code::conflict, "a newer route of this host is about");
  return item;
}

Result<Credential> Mesh::credential_of(const crypto::IdentityKey& identity) const {
  const VerifiedRecord* record = records_->find(identity);
  if (!record) return fail(Code::not_found, "there is no such member");
  return ledger_->credential(record->certificate);
}

const Record* Mesh::own_record() const {
  const VerifiedRecord* held = records_->find(self_);
  return held ? &held->record : nullptr;
}

// ---- Looking

const Members& Mesh::members() const {
  if (stale_) members_ = view_.derive(*records_, *ledger_, members_);
  stale_ = false;
  return members_;
}

const Member* Mesh::find(const crypto::IdentityKey& identity) const { return members().find(identity); }

trust::Surroundings Mesh::surroundings(const crypto::IdentityKey& joiner, trust::DelegationNumber delegation) const {
  trust::Surroundings around;
  around.highest_number = records_->highest_number(delegation);
  around.incarnation = {version_of(joiner).incarnation};
  for (const auto& [number, mandate] : ledger_->mandates()) {
    const auto removed = ledger_->removed_up_to(joiner, number);
    if (removed != trust::kEveryIncarnation) around.incarnation = std::max(around.incarnation, removed);
  }
  around.address_taken = [this, joiner](const addr::IpAddress& address) {
    const auto& all = members();
    return std::any_of(all.begin(), all.end(), [&](const Member& member) {
      return member.identity != joiner && !member.revoked && member.address == address;
    });
  };
  around.alias_granted = [this, joiner](std::string_view alias) {
    const auto& all = members();
    return std::any_of(all.begin(), all.end(), [&](const Member& member) {
      return member.identity != joiner && !member.revoked && member.alias_granted && member.alias == alias;
    });
  };
  return around;
}

std::optional<trust::Item> Mesh::trust_item(const crdt::ItemKey& key) const {
  const auto at = trust_names_.find(key);
  return at == trust_names_.end() ? std::nullopt : ledger_->item(at->second);
}

std::optional<Bytes> Mesh::item(const crdt::ItemKey& key) const {
  if (const RecordPtr* record = index_.payload(key); record && *record) return encode_item((*record)->bytes);
  if (const auto at = routes_by_key_.find(key); at != routes_by_key_.end())
    return encode_item(routes_->find(at->second)->bytes);
  const auto of_trust = trust_item(key);
  if (!of_trust) return std::nullopt;
  return encode_item(*of_trust);
}

Result<void> Mesh::admits(const trust::Certificate& certificate) const { return records_->check(certificate); }

const trust::Certificate* Mesh::certificate_of(const crypto::IdentityKey& member) const {
  const VerifiedRecord* held = records_->find(member);
  return held ? &held->certificate : nullptr;
}

crdt::Version Mesh::version_of(const crypto::IdentityKey& member) const {
  return records_->stamp(member).value_or(crdt::Stamp{}).version;
}

// ---- Reconciling

std::vector<crdt::BucketDigest> Mesh::bucket_digests() const {
  std::vector<crdt::BucketDigest> out;
  for (std::size_t i = 0; i < crdt::kBuckets; ++i) out.push_back(index_.bucket_digest(i));
  return out;
}

Result<std::vector<std::size_t>> Mesh::differing(std::span<const crdt::BucketDigest> theirs) const {
  if (theirs.size() != crdt::kBuckets) {
    return fail(Code::malformed, "a summary of " + std::to_string(theirs.size()) + " buckets");
  }
  return index_.differing(theirs);
}

crdt::Difference Mesh::compare(std::span<const std::size_t> buckets, std::span<const crdt::Held> theirs) const {
  return index_.compare(buckets, theirs);
}

void Mesh::sort_for_sending(std::vector<crdt::ItemKey>& keys) const {
  std::map<crdt::ItemKey, int> ranks;
  for (const auto& key : keys) ranks[key] = routes_by_key_.contains(key) ? kRankOfRoutes : rank(trust_item(key));
  std::stable_sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) { return ranks[a] < ranks[b]; });
}

crdt::ItemKey Mesh::record_key(const crypto::IdentityKey& identity) { return item_key(identity); }

crdt::ItemKey Mesh::route_key(const crypto::IdentityKey& identity, const addr::Prefix& prefix) {
  return item_key(identity, prefix);
}

// ---- Keeping

Bytes Mesh::cache() const {
  std::vector<Bytes> items;
  records_->for_each([&](const RecordPtr& record) { items.push_back(encode_item(record->bytes)); });
  routes_->for_each([&](const VerifiedRoute& route) { items.push_back(encode_item(route.bytes)); });
  return join_items(items);
}

Result<std::vector<Bytes>> Mesh::split_cache(ByteView cache) { return split_items(cache); }

}  // namespace smeg::mesh
