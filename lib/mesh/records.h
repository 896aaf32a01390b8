// The member records of one mesh that count.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "crdt/crdt.h"
#include "mesh/record.h"
#include "trust/trust.h"

namespace smeg::mesh {

// A record whose every part was parsed, and whose owner signed it. Follows from its bytes alone: whether its owner is a
// member is another question.
struct VerifiedRecord {
  SignedRecord bytes;
  Record record;
  trust::Certificate certificate;
  std::vector<addr::IpAddress> guest_addresses;  // in the order of record.guests: two hashes each, and never others
};
using RecordPtr = std::shared_ptr<const VerifiedRecord>;
struct VerifiedRoute;
using RoutePtr = std::shared_ptr<const VerifiedRoute>;

// Job: lets the nodes of one process hold one copy of what they hold alike. Whatever is in it somebody has verified.
// Single-threaded, never fails; keeps nothing that nobody holds for long.
class RecordPool {
 public:
  RecordPtr find(const crdt::ContentHash& content) const;
  void add(const crdt::ContentHash& content, const RecordPtr& record);
  RoutePtr find_route(const crdt::ContentHash& content) const;
  void add(const crdt::ContentHash& content, const RoutePtr& route);

 private:
  struct First8 {
    std::size_t operator()(const crdt::ContentHash& content) const { return load_be<std::uint64_t>(content.data()); }
  };
  template <class Value>
  struct Shelf {
    std::unordered_map<crdt::ContentHash, std::weak_ptr<const Value>, First8> held;
    std::size_t sweep_at = 1'024;

    std::shared_ptr<const Value> find(const crdt::ContentHash& content) const;
    void add(const crdt::ContentHash& content, const std::shared_ptr<const Value>& value);
  };
  Shelf<VerifiedRecord> records_;
  Shelf<VerifiedRoute> routes_;
};

// Job: takes in a record only if its owner signed it, trust lets the owner be a member, and nothing newer is held.
// Caller: Mesh. Single-threaded. A refused record changes nothing. Does not know statements' contents: it asks the
// ledger, which outlives it. Checks are in order of cost; at most two signatures.
class Records {
 public:
  struct Taken {
    crdt::Put put = crdt::Put::same;
    crypto::IdentityKey owner;
    // Whose record had to go because it shares the number of its certificate with this one, which has the lower hash.
    std::optional<crypto::IdentityKey> displaced;
  };

  // pool may be null; it outlives this, as the ledger does.
  explicit Records(const trust::Ledger& ledger, RecordPool* pool = nullptr)
      : removals_{ledger}, pool_(pool), map_(removals_) {}
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  // Fails: as Record::decode, Certificate::parse and Ledger::check; forbidden for a record under another's key,
  // conflict for one of another mesh or with a certificate whose number another has, invalid where record and
  // certificate contradict each other, unauthenticated for a wrong signature, too_large for one member too many.
  Result<Taken> take(SignedRecord bytes);

  // Drops a member's record if a removal covers it by now; true where it did.
  bool sweep(const crypto::IdentityKey& owner);
  // Drops every record that the ledger does not let count any more. Gives their owners.
  std::vector<crypto::IdentityKey> recheck_all();

  // Whether the number of that certificate is free or its own, among the records that are held.
  Result<void> check_number(const trust::Certificate& certificate) const;
  // The highest number seen on a held certificate of that delegation; 0 for none.
  trust::CertificateNumber highest_number(trust::DelegationNumber delegation) const;

  const VerifiedRecord* find(const crypto::IdentityKey& owner) const;
  RecordPtr share(const crypto::IdentityKey& owner) const;
  std::optional<crdt::Stamp> stamp(const crypto::IdentityKey& owner) const;
  std::size_t size() const { return map_.size(); }
  // In order of identity.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [owner, entry] : map_.entries()) visit(entry.value);
  }

 private:
  struct LedgerRemovals {
    const trust::Ledger& ledger;
    bool covers(const crypto::IdentityKey& owner, std::uint64_t incarnation, const RecordPtr& record) const;
  };
  Result<RecordPtr> verify(SignedRecord bytes, Record record) const;
  Result<trust::Certificate> certificate_of(const SignedRecord& bytes, const crypto::IdentityKey& owner) const;
  Result<Taken> store(RecordPtr record, const crdt::Stamp& stamp);
  Result<void> counts(const VerifiedRecord& record) const;
  std::optional<trust::Seniority> seniority_of(const crypto::IdentityKey& owner) const;
  void free_number(const trust::Seniority& number, const crypto::IdentityKey& owner);
  void drop(crypto::IdentityKey owner);

  LedgerRemovals removals_;
  RecordPool* pool_;
  crdt::TwoPhaseMap<crypto::IdentityKey, RecordPtr, LedgerRemovals> map_;
  std::map<trust::Seniority, crypto::IdentityKey> numbers_;  // of the certificates in map_, and who holds each
};

}  // namespace smeg::mesh
