// The two-phase map: entries that only grow in version, and removals that outlive them.
#pragma once

#include <map>

#include "crdt/version.h"

namespace smeg::crdt {

// What became of a put.
enum class Put {
  added,              // there was no entry
  replaced,           // the version is higher
  same,               // we hold exactly this
  older,              // we hold a higher version
  voided,             // a removal covers it
  conflict_replaced,  // equal version, other content, lower hash: taken; the owner said two things at once
  conflict_kept,      // equal version, other content, higher hash: not taken; likewise
};
constexpr bool takes(Put put) { return put == Put::added || put == Put::replaced || put == Put::conflict_replaced; }

// The first phase is here: one entry a key, of which the greatest stamp stays. The second phase, what was removed, is
// kept where it is signed, and asked:
//   bool Removals::covers(const Key&, std::uint64_t incarnation, const Value&) const
// It may only grow. Both together are a join-semilattice (Shapiro et al. 2011: a map of last-writer-wins registers
// under a grow-only set of removals): replicas that have seen the same entries and removals hold the same, in whatever
// order and however often they came. That takes removals to be by key and incarnation alone; where covers() looks at
// the value as well, an entry that was overtaken by one that is removed later comes back with its owner's next word.
//
// Never fails. Checks nothing: whoever calls has verified that the owner said it. Single-threaded. removals outlives
// it.
template <class Key, class Value, class Removals>
class TwoPhaseMap {
 public:
  struct Entry {
    Stamp stamp;
    Value value;
  };

  explicit TwoPhaseMap(const Removals& removals) : removals_(&removals) {}

  // What put would answer if no removal is in the way: cheap, before anything is parsed or verified.
  Put judge(const Key& key, const Stamp& stamp) const {
    const Entry* entry = find(key);
    if (!entry) return Put::added;
    if (entry->stamp == stamp) return Put::same;
    const bool wins = supersedes(stamp, entry->stamp);
    if (entry->stamp.version == stamp.version) return wins ? Put::conflict_replaced : Put::conflict_kept;
    return wins ? Put::replaced : Put::older;
  }

  Put put(const Key& key, const Stamp& stamp, Value value) {
    if (removals_->covers(key, stamp.version.incarnation, value)) return Put::voided;
    const Put verdict = judge(key, stamp);
    if (takes(verdict)) entries_.insert_or_assign(key, Entry{stamp, std::move(value)});
    return verdict;
  }

  // Drops the entry if a removal covers it by now; true where it did. To be called for each key of which removals have
  // grown.
  bool sweep(const Key& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end() || !removals_->covers(key, at->second.stamp.version.incarnation, at->second.value)) {
      return false;
    }
    entries_.erase(at);
    return true;
  }

  // Drops an entry for a reason that the caller knows, and that holds for all replicas. It is taken again when it is
  // put again.
  bool forget(const Key& key) { return entries_.erase(key) != 0; }

  const Entry* find(const Key& key) const {
    const auto at = entries_.find(key);
    return at == entries_.end() ? nullptr : &at->second;
  }
  // In order of key.
  const std::map<Key, Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }

 private:
  const Removals* removals_;
  std::map<Key, Entry> entries_;
};

}  // namespace smeg::crdt
