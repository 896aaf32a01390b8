#include "mesh/records.h"

#include <algorithm>

#include "mesh/item.h"

namespace smeg::mesh {

bool Records::LedgerRemovals::covers(const RecordPtr& record) const {
  const crypto::IdentityKey& owner = record->record.identity;
  return ledger.banned(owner) || record->record.version.incarnation <=
                                     ledger.removed_up_to(owner, record->certificate.rights().delegation).value;
}

Result<Records::Taken> Records::take(SignedRecord bytes) {
  const crdt::ContentHash content = content_hash(bytes);
  RecordPtr verified = pool_ ? pool_->records.find(content) : nullptr;
  Result<Record> decoded = Record{};
  if (!verified) decoded = Record::decode(bytes.payload);
  if (!decoded) return fail(decoded.error());
  const Record& record = verified ? verified->record : *decoded;
  if (record.mesh != removals_.ledger.mesh()) return fail(Code::conflict, "a member record of another mesh");

  const crdt::Put put = map_.judge(record.identity, crdt::Stamp{record.version, content});
  if (put == crdt::Put::same || put == crdt::Put::older) return Taken{put, record.identity, {}};

  if (verified) {
    if (auto ok = check_standing(verified->certificate); !ok) return fail(ok.error());
    return store(std::move(verified));
  }
  auto fresh = verify(std::move(bytes), std::move(*decoded), content);
  if (!fresh) return fail(fresh.error());
  if (pool_) pool_->records.add(content, *fresh);
  return store(std::move(*fresh));
}

// Most records differ from the one before in the payload alone: then their certificate is known.
Result<RecordPtr> Records::verify(SignedRecord bytes, Record record, const crdt::ContentHash& content) const {
  const VerifiedRecord* held = find(record.identity);
  const bool known = held && held->bytes.certificate == bytes.certificate;
  auto certificate = known ? held->certificate : trust::Certificate::parse(bytes.certificate);
  if (!certificate) return fail(certificate.error());
  if (certificate->identity() != record.identity) {
    return fail(Code::forbidden, "a member record under another member's key");
  }
  if (certificate->incarnation().value != record.version.incarnation) {
    return fail(Code::invalid, "a member record of another incarnation than its certificate");
  }
  if (auto ok = check(*certificate); !ok) return fail(ok.error());
  VerifiedRecord out{std::move(bytes), content, std::move(record), std::move(*certificate), {}};
  if (!verify_record(out.bytes, out.record.identity)) {
    return fail(Code::unauthenticated, "a member record that its owner did not sign");
  }
  for (const AnnouncedGuest& guest : out.record.guests)
    out.guest_addresses.push_back(addr::guest_address(out.record.mesh, out.record.identity, guest.key));
  return std::make_shared<const VerifiedRecord>(std::move(out));
}

// The signature of a certificate that is held was found good.
Result<void> Records::check(const trust::Certificate& certificate) const {
  if (auto ok = check_standing(certificate); !ok) return ok;
  const VerifiedRecord* held = find(certificate.identity());
  if (held && held->certificate == certificate) return {};
  return removals_.ledger.check(certificate);
}

// All but the signature.
Result<void> Records::check_standing(const trust::Certificate& certificate) const {
  if (auto ok = removals_.ledger.check_standing(certificate); !ok) return ok;
  return check_number(certificate);
}

Result<void> Records::check_number(const trust::Certificate& certificate) const {
  const VerifiedRecord* holder = holder_of(certificate.seniority());
  if (!holder || holder->certificate.hash() >= certificate.hash()) return {};
  return fail(Code::conflict, "a certificate whose number another member's certificate has too",
              "its issuer has used a number twice; have it issue a new one");
}

Result<Records::Taken> Records::store(RecordPtr record) {
  const crypto::IdentityKey owner = record->record.identity;
  const RecordPtr before = share(owner);
  if (!before && map_.size() >= limits::kMembersPerMesh) {
    return fail(Code::too_large, "the mesh has " + std::to_string(map_.size()) + " members, and can't have more");
  }
  Taken taken{map_.put(record), owner, {}};
  if (!crdt::takes(taken.put)) return taken;
  if (before) free_number(*before);
  if (const VerifiedRecord* other = holder_of(record->certificate.seniority())) {
    taken.displaced = other->record.identity;
    drop(other->record.identity);
  }
  make_room(numbers_);
  numbers_.insert(place_of(record->certificate.seniority()), record.get());
  return taken;
}

Records::Numbers::const_iterator Records::place_of(const trust::Seniority& number) const {
  return std::lower_bound(
      numbers_.begin(), numbers_.end(), number,
      [](const VerifiedRecord* record, const auto& wanted) { return record->certificate.seniority() < wanted; });
}

const VerifiedRecord* Records::holder_of(const trust::Seniority& number) const {
  const auto at = place_of(number);
  return at != numbers_.end() && (*at)->certificate.seniority() == number ? *at : nullptr;
}

void Records::free_number(const VerifiedRecord& record) {
  const auto at = place_of(record.certificate.seniority());
  if (at != numbers_.end() && *at == &record) numbers_.erase(at);
}

void Records::drop(crypto::IdentityKey owner) {
  const RecordPtr held = share(owner);
  if (!held) return;
  free_number(*held);
  map_.forget(owner);
}

bool Records::sweep(const crypto::IdentityKey& owner) {
  const RecordPtr held = share(owner);
  if (!map_.sweep(owner)) return false;
  free_number(*held);
  return true;
}

std::vector<crypto::IdentityKey> Records::recheck_all() {
  std::vector<crypto::IdentityKey> gone;
  for (const RecordPtr& record : map_.entries()) {
    if (!removals_.ledger.check_standing(record->certificate)) gone.push_back(record->record.identity);
  }
  for (const auto& owner : gone) drop(owner);
  return gone;
}

trust::CertificateNumber Records::highest_number(trust::DelegationNumber delegation) const {
  const trust::Seniority last{delegation, {trust::kUnlimitedCertificates}};
  auto at = std::upper_bound(
      numbers_.begin(), numbers_.end(), last,
      [](const auto& wanted, const VerifiedRecord* record) { return wanted < record->certificate.seniority(); });
  if (at == numbers_.begin()) return {};
  const trust::Seniority highest = (*--at)->certificate.seniority();
  return highest.delegation == delegation ? highest.number : trust::CertificateNumber{};
}

const VerifiedRecord* Records::find(const crypto::IdentityKey& owner) const {
  const RecordPtr* record = map_.find(owner);
  return record ? record->get() : nullptr;
}

RecordPtr Records::share(const crypto::IdentityKey& owner) const {
  const RecordPtr* record = map_.find(owner);
  return record ? *record : nullptr;
}

std::optional<crdt::Stamp> Records::stamp(const crypto::IdentityKey& owner) const {
  const VerifiedRecord* record = find(owner);
  if (!record) return std::nullopt;
  return record->stamp();
}

}  // namespace smeg::mesh
