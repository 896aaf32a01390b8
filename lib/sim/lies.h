// What a member that lies may say to others.
#pragma once

#include <map>
#include <span>
#include <string_view>

#include "gossip/gossip.h"
#include "mesh/mesh.h"
#include "node/node.h"

namespace smeg::sim {

enum class Attack {
  forged_record,   // another's record with other contents, signed by the liar
  other_endpoint,  // another's record with other endpoints, under its old signature
  other_key,       // records under another's certificate, or for another's key under one's own
  replay,          // another's record of long ago
  rewind,          // one's own records, older and older
  equivocation,    // one's own records, all different, all of one version
  oversize,        // records, lists and frames beyond every limit
  last_counter,    // counters, sequences and epochs of 2^64 - 1
  removal,         // another's leave, and a ban of it
  accusation,      // "I don't hear it", of everybody, and in the name of others
  epoch,           // beats of a leader that one is not
  greed,           // requests whose answers are many times as long, again and again
  garbage,         // random bytes, and good messages with bits turned over
};
std::span<const Attack> attacks();
std::string_view name(Attack attack);

// The members' records in a host's files.
std::map<crypto::IdentityKey, mesh::SignedRecord> cached_records(const node::LoadedFiles& files);

// Job: makes messages, each a serialised envelope, as a member could that has a certificate, the key for it, and knows
// what all members know. Caller: a Forger. Single-threaded. Never fails.
class Lies {
 public:
  struct Self {
    MeshId mesh;
    crypto::IdentityPrivateKey key;
    Bytes certificate;
  };
  // records: as the liar found them when it was honest.
  Lies(Self self, std::map<crypto::IdentityKey, mesh::SignedRecord> records, std::uint64_t seed);

  // The next lie of that kind, about that victim.
  Bytes next(Attack attack, const crypto::IdentityKey& victim);
  // What a member says first: as an honest one would, but that it claims to have heard of the listener's last counter.
  Bytes hello(const crypto::IdentityKey& listener) const;

 private:
  mesh::SignedRecord record_of(const crypto::IdentityKey& member) const { return records_.at(member); }
  mesh::Record content_of(const crypto::IdentityKey& member) const;
  mesh::SignedRecord own_record(std::uint64_t counter, const std::string& alias) const;
  crypto::IdentityKey somebody();
  Bytes other_key(const crypto::IdentityKey& victim);
  Bytes oversize();
  Bytes last_counter(const crypto::IdentityKey& victim);
  Bytes removal(const crypto::IdentityKey& victim) const;
  Bytes accusation(const crypto::IdentityKey& victim);
  Bytes beat(const crypto::IdentityKey& of, std::uint64_t sequence, std::uint64_t epoch) const;
  Bytes greed(const crypto::IdentityKey& victim) const;
  Bytes garbage(const crypto::IdentityKey& victim);

  Self self_;
  crypto::IdentityKey identity_;
  std::map<crypto::IdentityKey, mesh::SignedRecord> records_;
  std::vector<crypto::IdentityKey> members_;
  mutable SeededRng chance_;
  gossip::BootId boot_{};
  std::uint64_t said_ = 0;
};

}  // namespace smeg::sim
