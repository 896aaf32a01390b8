// The member records of one mesh that count.
#pragma once

#include <optional>
#include <vector>

#include "crdt/crdt.h"
#include "mesh/pool.h"
#include "mesh/verified_record.h"
#include "trust/trust.h"

namespace smeg::mesh {

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
  explicit Records(const trust::Ledger& ledger, Pool* pool = nullptr)
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

  // Whether that certificate lets its holder be a member: by the ledger, and by the numbers of those that are held.
  Result<void> check(const trust::Certificate& certificate) const;
  // The highest number seen on a held certificate of that delegation; 0 for none.
  trust::CertificateNumber highest_number(trust::DelegationNumber delegation) const;

  const VerifiedRecord* find(const crypto::IdentityKey& owner) const;
  RecordPtr share(const crypto::IdentityKey& owner) const;
  std::optional<crdt::Stamp> stamp(const crypto::IdentityKey& owner) const;
  std::size_t size() const { return map_.size(); }
  // In order of identity.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const RecordPtr& record : map_.entries()) visit(record);
  }

 private:
  struct LedgerRemovals {
    const trust::Ledger& ledger;
    bool covers(const RecordPtr& record) const;
  };
  struct OfRecord {
    static const crypto::IdentityKey& key(const RecordPtr& record) { return record->record.identity; }
    static crdt::Stamp stamp(const RecordPtr& record) { return record->stamp(); }
  };
  using Numbers = std::vector<const VerifiedRecord*>;

  Result<RecordPtr> verify(SignedRecord bytes, Record record, const crdt::ContentHash& content) const;
  Result<Taken> store(RecordPtr record);
  Result<void> check_standing(const trust::Certificate& certificate) const;
  Result<void> check_number(const trust::Certificate& certificate) const;
  Numbers::const_iterator place_of(const trust::Seniority& number) const;
  const VerifiedRecord* holder_of(const trust::Seniority& number) const;
  void free_number(const VerifiedRecord& record);
  void drop(crypto::IdentityKey owner);

  LedgerRemovals removals_;
  Pool* pool_;
  crdt::TwoPhaseMap<RecordPtr, OfRecord, LedgerRemovals> map_;
  Numbers numbers_;  // those in map_, in order of the numbers of their certificates, of which no two are the same
};

}  // namespace smeg::mesh
