#include "mesh/records.h"

#include "mesh/item.h"

namespace smeg::mesh {

template <class Value>
std::shared_ptr<const Value> RecordPool::Shelf<Value>::find(const crdt::ContentHash& content) const {
  const auto at = held.find(content);
  return at == held.end() ? nullptr : at->second.lock();
}

template <class Value>
void RecordPool::Shelf<Value>::add(const crdt::ContentHash& content, const std::shared_ptr<const Value>& value) {
  if (held.size() >= sweep_at) {
    std::erase_if(held, [](const auto& entry) { return entry.second.expired(); });
    sweep_at = 2 * held.size() + 1'024;
  }
  held[content] = value;
}

RecordPtr RecordPool::find(const crdt::ContentHash& content) const { return records_.find(content); }
void RecordPool::add(const crdt::ContentHash& content, const RecordPtr& record) { records_.add(content, record); }
RoutePtr RecordPool::find_route(const crdt::ContentHash& content) const { return routes_.find(content); }
void RecordPool::add(const crdt::ContentHash& content, const RoutePtr& route) { routes_.add(content, route); }

bool Records::LedgerRemovals::covers(const crypto::IdentityKey& owner, std::uint64_t incarnation,
                                     const RecordPtr& record) const {
  return ledger.banned(owner) ||
         incarnation <= ledger.removed_up_to(owner, record->certificate.rights().delegation).value;
}

Result<Records::Taken> Records::take(SignedRecord bytes) {
  const crdt::ContentHash content = content_hash(bytes);
  RecordPtr verified = pool_ ? pool_->find(content) : nullptr;
  Result<Record> decoded = Record{};
  if (!verified) decoded = Record::decode(bytes.payload);
  if (!decoded) return fail(decoded.error());
  const Record& record = verified ? verified->record : *decoded;
  if (record.mesh != removals_.ledger.mesh()) return fail(Code::conflict, "a member record of another mesh");

  const crdt::Stamp stamp{record.version, content};
  const crdt::Put put = map_.judge(record.identity, stamp);
  if (put == crdt::Put::same || put == crdt::Put::older) return Taken{put, record.identity, {}};

  if (verified) {
    if (auto ok = counts(*verified); !ok) return fail(ok.error());
    return store(std::move(verified), stamp);
  }
  auto fresh = verify(std::move(bytes), std::move(*decoded));
  if (!fresh) return fail(fresh.error());
  if (pool_) pool_->add(content, *fresh);
  return store(std::move(*fresh), stamp);
}

Result<RecordPtr> Records::verify(SignedRecord bytes, Record record) const {
  auto certificate = certificate_of(bytes, record.identity);
  if (!certificate) return fail(certificate.error());
  if (certificate->identity() != record.identity) {
    return fail(Code::forbidden, "a member record under another member's key");
  }
  if (certificate->incarnation().value != record.version.incarnation) {
    return fail(Code::invalid, "a member record of another incarnation than its certificate");
  }
  VerifiedRecord out{std::move(bytes), std::move(record), std::move(*certificate), {}};
  if (auto ok = counts(out); !ok) return fail(ok.error());
  if (!verify_record(out.bytes, out.record.identity)) {
    return fail(Code::unauthenticated, "a member record that its owner did not sign");
  }
  for (const AnnouncedGuest& guest : out.record.guests)
    out.guest_addresses.push_back(addr::guest_address(out.record.mesh, out.record.identity, guest.key));
  return std::make_shared<const VerifiedRecord>(std::move(out));
}

// Whether trust lets its owner be a member by that certificate.
Result<void> Records::counts(const VerifiedRecord& record) const {
  if (auto ok = removals_.ledger.check(record.certificate); !ok) return ok;
  return check_number(record.certificate);
}

// Most records differ from the one before in the payload alone.
Result<trust::Certificate> Records::certificate_of(const SignedRecord& bytes, const crypto::IdentityKey& owner) const {
  const VerifiedRecord* held = find(owner);
  if (held && held->bytes.certificate == bytes.certificate) return held->certificate;
  return trust::Certificate::parse(bytes.certificate);
}

Result<void> Records::check_number(const trust::Certificate& certificate) const {
  const auto at = numbers_.find(certificate.seniority());
  if (at == numbers_.end() || find(at->second)->certificate.hash() >= certificate.hash()) return {};
  return fail(Code::conflict, "a certificate whose number another member's certificate has too",
              "its issuer has used a number twice; have it issue a new one");
}

Result<Records::Taken> Records::store(RecordPtr record, const crdt::Stamp& stamp) {
  const crypto::IdentityKey owner = record->record.identity;
  const trust::Seniority seniority = record->certificate.seniority();
  if (!map_.find(owner) && map_.size() >= limits::kMembersPerMesh) {
    return fail(Code::too_large, "the mesh has " + std::to_string(map_.size()) + " members, and can't have more");
  }
  const auto before = seniority_of(owner);
  Taken taken{map_.put(owner, stamp, std::move(record)), owner, {}};
  if (!crdt::takes(taken.put)) return taken;
  if (before) free_number(*before, owner);
  const auto at = numbers_.find(seniority);
  if (at != numbers_.end()) {
    taken.displaced = at->second;
    drop(at->second);
  }
  numbers_[seniority] = owner;
  return taken;
}

std::optional<trust::Seniority> Records::seniority_of(const crypto::IdentityKey& owner) const {
  const VerifiedRecord* held = find(owner);
  if (!held) return std::nullopt;
  return held->certificate.seniority();
}

void Records::free_number(const trust::Seniority& number, const crypto::IdentityKey& owner) {
  const auto at = numbers_.find(number);
  if (at != numbers_.end() && at->second == owner) numbers_.erase(at);
}

void Records::drop(crypto::IdentityKey owner) {
  const auto number = seniority_of(owner);
  if (number) free_number(*number, owner);
  map_.forget(owner);
}

bool Records::sweep(const crypto::IdentityKey& owner) {
  const auto number = seniority_of(owner);
  if (!map_.sweep(owner)) return false;
  free_number(*number, owner);
  return true;
}

std::vector<crypto::IdentityKey> Records::recheck_all() {
  std::vector<crypto::IdentityKey> gone;
  for (const auto& [owner, entry] : map_.entries()) {
    if (!removals_.ledger.check(entry.value->certificate)) gone.push_back(owner);
  }
  for (const auto& owner : gone) drop(owner);
  return gone;
}

trust::CertificateNumber Records::highest_number(trust::DelegationNumber delegation) const {
  auto at = numbers_.upper_bound({delegation, {trust::kUnlimitedCertificates}});
  if (at == numbers_.begin()) return {};
  --at;
  return at->first.delegation == delegation ? at->first.number : trust::CertificateNumber{};
}

const VerifiedRecord* Records::find(const crypto::IdentityKey& owner) const {
  const auto* entry = map_.find(owner);
  return entry ? entry->value.get() : nullptr;
}

RecordPtr Records::share(const crypto::IdentityKey& owner) const {
  const auto* entry = map_.find(owner);
  return entry ? entry->value : nullptr;
}

std::optional<crdt::Stamp> Records::stamp(const crypto::IdentityKey& owner) const {
  const auto* entry = map_.find(owner);
  if (!entry) return std::nullopt;
  return entry->stamp;
}

}  // namespace smeg::mesh
