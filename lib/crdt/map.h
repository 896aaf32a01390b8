// The two-phase map: entries that only grow in version, and removals that outlive them.
#pragma once

#include <map>
#include <optional>

#include "crdt/version.h"

namespace smeg::crdt {

// What became of a put.
enum class Put {
  added,              // there was no entry
  replaced,           // the version is higher
  same,               // we hold exactly this
  older,              // we hold a higher version
  voided,             // a removal covers its incarnation
  conflict_replaced,  // equal version, other content, lower hash: taken; the owner said two things at once
  conflict_kept,      // equal version, other content, higher hash: not taken; likewise
};

// What became of a removal.
enum class Remove {
  added,     // there was no removal of this key, or it covered less
  same,      // we hold exactly this
  older,     // we hold one that covers more, or as much with a lower hash
  replaced,  // covers as much as the one we hold, with a lower hash: taken, so that all replicas keep the same one
};

// A join-semilattice: put, remove and join are commutative, associative and idempotent, so replicas that have seen the
// same set of changes hold the same, whatever the order and however often (Shapiro et al. 2011; a last-writer-wins
// element map whose removals are a max register per key). Never fails. Checks nothing: whoever calls has verified that
// the owner said it. Single-threaded.
template <class Key, class Value, class Removal>
class TwoPhaseMap {
 public:
  struct Entry {
    Stamp stamp;
    Value value;
  };
  struct Grave {
    std::uint64_t up_to = 0;  // voids entries of this incarnation and below
    ContentHash hash{};
    Removal removal;
  };

  // What put would answer, without the value: cheap, before any signature is checked.
  Put judge(const Key& key, const Stamp& stamp) const {
    if (voids(key, stamp.version.incarnation)) return Put::voided;
    const Entry* entry = find(key);
    if (!entry) return Put::added;
    if (entry->stamp == stamp) return Put::same;
    const bool wins = supersedes(stamp, entry->stamp);
    if (entry->stamp.version == stamp.version) return wins ? Put::conflict_replaced : Put::conflict_kept;
    return wins ? Put::replaced : Put::older;
  }
  static constexpr bool takes(Put put) {
    return put == Put::added || put == Put::replaced || put == Put::conflict_replaced;
  }

  Put put(const Key& key, const Stamp& stamp, Value value) {
    const Put verdict = judge(key, stamp);
    if (takes(verdict)) entries_.insert_or_assign(key, Entry{stamp, std::move(value)});
    return verdict;
  }

  Remove judge_removal(const Key& key, std::uint64_t up_to, const ContentHash& hash) const {
    const Grave* grave = find_removal(key);
    if (!grave || up_to > grave->up_to) return Remove::added;
    if (up_to < grave->up_to || hash > grave->hash) return Remove::older;
    return hash == grave->hash ? Remove::same : Remove::replaced;
  }
  static constexpr bool takes(Remove remove) { return remove == Remove::added || remove == Remove::replaced; }

  // Voids the entry too, where it is covered.
  Remove remove(const Key& key, std::uint64_t up_to, const ContentHash& hash, Removal removal) {
    const Remove verdict = judge_removal(key, up_to, hash);
    if (!takes(verdict)) return verdict;
    graves_.insert_or_assign(key, Grave{up_to, hash, std::move(removal)});
    const auto at = entries_.find(key);
    if (at != entries_.end() && at->second.stamp.version.incarnation <= up_to) entries_.erase(at);
    return verdict;
  }

  void join(const TwoPhaseMap& other) {
    for (const auto& [key, grave] : other.graves_) remove(key, grave.up_to, grave.hash, grave.removal);
    for (const auto& [key, entry] : other.entries_) put(key, entry.stamp, entry.value);
  }

  // Forgets an entry without a removal: not part of the lattice, for content that no longer counts on any replica. The
  // same entry is taken again when it is put again.
  bool forget(const Key& key) { return entries_.erase(key) != 0; }

  const Entry* find(const Key& key) const {
    const auto at = entries_.find(key);
    return at == entries_.end() ? nullptr : &at->second;
  }
  const Grave* find_removal(const Key& key) const {
    const auto at = graves_.find(key);
    return at == graves_.end() ? nullptr : &at->second;
  }
  bool voids(const Key& key, std::uint64_t incarnation) const {
    const Grave* grave = find_removal(key);
    return grave && incarnation <= grave->up_to;
  }
  // In order of key.
  const std::map<Key, Entry>& entries() const { return entries_; }
  const std::map<Key, Grave>& removals() const { return graves_; }

 private:
  std::map<Key, Entry> entries_;
  std::map<Key, Grave> graves_;
};

}  // namespace smeg::crdt
