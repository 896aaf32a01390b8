// The replicated contents of one mesh.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "crdt/crdt.h"
#include "mesh/item.h"
#include "mesh/member.h"
#include "mesh/pool.h"
#include "mesh/record.h"
#include "mesh/records.h"
#include "mesh/routes.h"
#include "mesh/service.h"
#include "mesh/view.h"
#include "trust/trust.h"

namespace smeg::mesh {

// What became of one item.
enum class Verdict {
  fresh,    // taken: tell others (where durable, once it is on disk)
  known,    // held already, or older than what is held
  refused,  // not taken, error says why; whoever sent it is broken, lies, or knows of a trust change that we don't
};

// Our own record, heard from others.
struct OwnSighting {
  crdt::Version version;
  BootId boot_id{};
};

struct Outcome {
  Verdict verdict = Verdict::known;
  crdt::ItemKey key{};           // all zero where the item does not parse
  std::optional<Error> error;    // of refused
  bool blame = false;            // refused, and no honest sender passes such a thing on
  bool durable = false;          // fresh, and part of what must not be lost: persist before it is told on
  bool members_changed = false;  // members() is to be looked at again
  bool routes_changed = false;   // routes() is
  std::optional<crypto::IdentityKey> equivocator;  // has said two things under one version; the lower hash stays
  std::optional<OwnSighting> own;  // a record of ours that we do not hold, newer than ours or as new: publish above it
};

// Job: keeps trust, removals and member records of one mesh, takes in only what its owner signed and trust allows, and
// derives the members from it. Caller: a node's membership. Single-threaded. Never fails for what others send: that is
// refused with a reason and changes nothing. No call checks more than four signatures, but for a trust change, which
// looks at every member again (hashes and comparisons, no signatures). Does not know sessions, liveness or files.
class Mesh {
 public:
  struct Settings {
    crypto::IdentityKey self;
    // Whether an address lies inside a mesh that this host knows: endpoints there are ignored.
    std::function<bool(const addr::IpAddress&)> inside_a_mesh;
    Pool* pool = nullptr;  // may be shared with other meshes; outlives this
  };
  Mesh(trust::Ledger ledger, Settings settings);

  // ---- Taking in ----

  // One item in its serialised form, from another host or from the cache.
  Outcome apply(ByteView item);
  // A step, statement or removal, as made here.
  Outcome apply(const trust::Item& item);

  // ---- Our own record ----

  // Counters [first, end) are ours to use; below first nothing is used any more. They were reserved on disk before.
  void allow_counters(std::uint64_t first, std::uint64_t end);
  std::uint64_t counters_left() const;
  // The counter that publish uses next.
  std::uint64_t next_counter() const { return next_counter_; }
  // Publishes from now on use counters above that one, which may be outside the allowed ones.
  void go_above(std::uint64_t counter);
  // Signs and takes our record with the next counter. Gives the item. Fails: unavailable (reserve more counters), or as
  // apply refuses: revoked or another where the certificate does not count any more, invalid for impossible content.
  Result<Bytes> publish(const RecordContent& content, const Bytes& certificate, const crypto::IdentityPrivateKey& key);
  // Signs and takes what we say of one prefix, with the next counter. Gives the item. Fails likewise.
  Result<Bytes> publish(const RouteContent& content, const crypto::IdentityPrivateKey& key);
  // What we hold of ourselves; null before the first publish.
  const Record* own_record() const;

  // ---- Looking ----

  const trust::Ledger& ledger() const { return *ledger_; }
  const MeshId& id() const { return id_; }
  // In order of identity: everyone whose record counts, and those who were revoked. Addresses and aliases are settled.
  // Valid until the next change.
  const Members& members() const;
  const Member* find(const crypto::IdentityKey& identity) const;
  // What members tell of prefixes, we included. Valid until the next change.
  const Routes& routes() const { return *routes_; }
  // Grows with each change of routes().
  std::uint64_t routes_generation() const { return routes_generation_; }
  // Shows a member to those of another mesh. Fails: not_found, or as trust::Ledger::credential.
  Result<Credential> credential_of(const crypto::IdentityKey& identity) const;
  // Grows with each change of members().
  std::uint64_t generation() const { return generation_; }
  // Whose entry in members() may be another than at the last call: one by one, or any of them. Entries are gone where
  // find() finds none.
  struct Changes {
    bool any = false;
    std::vector<crypto::IdentityKey> members;
  };
  Changes take_changes() { return std::exchange(changes_, {}); }
  // Whether a certificate lets its holder in: by the ledger, and by the numbers of those that are held.
  Result<void> admits(const trust::Certificate& certificate) const;
  // That of a member whose record is held; null for others.
  const trust::Certificate* certificate_of(const crypto::IdentityKey& member) const;
  // What an issuer wants to know of the mesh before it admits somebody under that delegation.
  trust::Surroundings surroundings(const crypto::IdentityKey& joiner, trust::DelegationNumber delegation) const;
  // The version of a member's record; 0.0 for none.
  crdt::Version version_of(const crypto::IdentityKey& member) const;
  // inside_a_mesh may answer otherwise from now on: members() is derived anew.
  void reconsider() { soil_all(); }

  // ---- Reconciling: see crdt/index.h ----

  const ByteArray<32>& digest() const { return index_.digest(); }
  std::vector<crdt::BucketDigest> bucket_digests() const;
  // Fails (malformed) where theirs are not crdt::kBuckets digests.
  Result<std::vector<std::size_t>> differing(std::span<const crdt::BucketDigest> theirs) const;
  // What we hold in a bucket below crdt::kBuckets.
  std::vector<crdt::Held> held(std::size_t bucket) const { return index_.held(bucket); }
  crdt::Difference compare(std::span<const std::size_t> buckets, std::span<const crdt::Held> theirs) const;
  // Nothing where we hold nothing of that key.
  std::optional<crdt::Held> held(const crdt::ItemKey& key) const { return index_.find(key); }
  // Whether another holds what we don't, or what is newer.
  bool lacks(const crdt::Held& theirs) const { return index_.lacks(theirs); }
  // Puts what others need first in front: steps, statements, removals, then records, then routes.
  void sort_for_sending(std::vector<crdt::ItemKey>& keys) const;
  // The serialised item; nothing where we do not hold it.
  std::optional<Bytes> item(const crdt::ItemKey& key) const;
  static crdt::ItemKey record_key(const crypto::IdentityKey& identity);
  static crdt::ItemKey route_key(const crypto::IdentityKey& identity, const addr::Prefix& prefix);

  // ---- Keeping: what is not in the ledger ----

  // All records and routes, to be written lazily; the ledger keeps the rest.
  Bytes cache() const;
  // The items of a cache, to be applied one after another in pieces. Fails: malformed, unsupported, too_large.
  static Result<std::vector<Bytes>> split_cache(ByteView cache);

 private:
  Outcome apply_record(SignedRecord record);
  Outcome apply_route(SignedRoute route);
  void index_route(const Routes::Key& key);
  void drop_routes(const crypto::IdentityKey& owner, std::uint64_t before);
  Outcome outcome_of(const Records::Taken& taken);
  void recheck(const trust::Applied& applied);
  void index_ledger();
  void index_record(const crypto::IdentityKey& owner);
  std::optional<trust::Item> trust_item(const crdt::ItemKey& key) const;
  void soil(const crypto::IdentityKey& owner);
  void soil_all() {
    ++generation_;
    stale_ = changes_.any = true;
    changes_.members.clear();
  }

  std::unique_ptr<trust::Ledger> ledger_;
  MeshId id_;
  crypto::IdentityKey self_;
  std::unique_ptr<Records> records_;  // asks the ledger
  std::unique_ptr<Routes> routes_;    // asks the records
  ItemIndex index_;
  std::map<crdt::ItemKey, trust::ItemId> trust_names_;  // of what is in the index
  std::map<crdt::ItemKey, Routes::Key> routes_by_key_;  // likewise
  std::vector<trust::ItemId> indexed_;                  // of the ledger, sorted
  std::uint64_t next_counter_ = 0;
  std::uint64_t counters_end_ = 0;
  std::uint64_t generation_ = 1;
  std::uint64_t routes_generation_ = 1;
  // Derived when it is asked for
  Changes changes_{.any = true, .members = {}};
  mutable View view_;
  mutable Members members_;
  mutable bool stale_ = true;
};

}  // namespace smeg::mesh
