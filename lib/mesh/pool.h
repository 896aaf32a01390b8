// What the nodes of one process hold alike.
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>

#include "crdt/crdt.h"
#include "mesh/attestation.h"
#include "mesh/member.h"
#include "mesh/verified_record.h"

namespace smeg::mesh {

// Job: lets many holders of equal values hold one copy. Of each key it knows the value that was shared last; an equal
// one is replaced by it. Single-threaded, never fails; keeps nothing that nobody holds for long.
template <class Key, class Value>
class Interned {
 public:
  std::shared_ptr<const Value> share(const Key& key, Value value) {
    if (values_.size() >= sweep_at_) {
      std::erase_if(values_, [](const auto& entry) { return entry.second.expired(); });
      sweep_at_ = 2 * values_.size() + kSweepFrom;
    }
    std::weak_ptr<const Value>& kept = values_[key];
    if (auto held = kept.lock(); held && *held == value) return held;
    auto fresh = std::make_shared<const Value>(std::move(value));
    kept = fresh;
    return fresh;
  }

 private:
  static constexpr std::size_t kSweepFrom = 1'024;
  // Keys are spread evenly: hashes, or public keys.
  struct First8 {
    std::size_t operator()(const Key& key) const { return load_be<std::uint64_t>(key.view().data()); }
  };
  std::unordered_map<Key, std::weak_ptr<const Value>, First8> values_;
  std::size_t sweep_at_ = kSweepFrom;
};

// Job: things that somebody in this process has verified, by the hash of all that was signed. Single-threaded, never
// fails; keeps nothing that nobody holds for long.
template <class Verified>
class Shelf {
 public:
  // Null where there is none.
  std::shared_ptr<const Verified> find(const crdt::ContentHash& content) const {
    const auto at = held_.find(content);
    return at == held_.end() ? nullptr : at->second.lock();
  }
  void add(const crdt::ContentHash& content, const std::shared_ptr<const Verified>& verified) {
    if (held_.size() >= sweep_at_) {
      std::erase_if(held_, [](const auto& entry) { return entry.second.expired(); });
      sweep_at_ = 2 * held_.size() + kSweepFrom;
    }
    held_[content] = verified;
  }

 private:
  static constexpr std::size_t kSweepFrom = 1'024;
  struct First8 {
    std::size_t operator()(const crdt::ContentHash& content) const { return load_be<std::uint64_t>(content.data()); }
  };
  std::unordered_map<crdt::ContentHash, std::weak_ptr<const Verified>, First8> held_;
  std::size_t sweep_at_ = kSweepFrom;
};

struct VerifiedRoute;

struct IndexHash {
  ByteArray<32> operator()(ByteView bytes) const { return crypto::hash<32>("smegmesh index 1", {bytes}); }
};
// With each record in it stands where it is kept; with things of trust nothing.
using ItemIndex = crdt::Index<IndexHash, RecordPtr>;

// For all meshes of all nodes of one process; outlives them.
struct Pool {
  Shelf<VerifiedRecord> records;
  Shelf<VerifiedRoute> routes;
  CredentialBook credentials;
  Interned<crypto::IdentityKey, Member> members;
  ItemIndex::Pool buckets;
};

}  // namespace smeg::mesh
