// The two-phase map: entries that only grow in version, and removals that outlive them.
#pragma once

#include <algorithm>
#include <vector>

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
//   bool Removals::covers(const Entry&) const
// It may only grow. Both together are a join-semilattice (Shapiro et al. 2011: a map of last-writer-wins registers
// under a grow-only set of removals): replicas that have seen the same entries and removals hold the same, in whatever
// order and however often they came. That takes removals to be by key and incarnation alone; where covers() looks at
// more of the entry, one that was overtaken by one that is removed later comes back with its owner's next word.
//
// Entries are small and tell their key and stamp themselves, by static functions of Of: const Key& key(const Entry&)
// and Stamp stamp(const Entry&). They are kept in order of key, side by side: a put makes room among those behind it.
//
// Never fails. Checks nothing: whoever calls has verified that the owner said it. Single-threaded. removals outlives
// it.
template <class Entry, class Of, class Removals>
class TwoPhaseMap {
 public:
  explicit TwoPhaseMap(const Removals& removals) : removals_(&removals) {}

  // What put would answer if no removal is in the way: cheap, before anything is parsed or verified.
  template <class Key>
  Put judge(const Key& key, const Stamp& stamp) const {
    const Entry* entry = find(key);
    if (!entry) return Put::added;
    const Stamp held = Of::stamp(*entry);
    if (held == stamp) return Put::same;
    const bool wins = supersedes(stamp, held);
    if (held.version == stamp.version) return wins ? Put::conflict_replaced : Put::conflict_kept;
    return wins ? Put::replaced : Put::older;
  }

  Put put(Entry entry) {
    if (removals_->covers(entry)) return Put::voided;
    const Put verdict = judge(Of::key(entry), Of::stamp(entry));
    if (!takes(verdict)) return verdict;
    make_room(entries_);
    const auto at = place_of(Of::key(entry));
    if (verdict == Put::added) {
      entries_.insert(at, std::move(entry));
    } else {
      entries_[static_cast<std::size_t>(at - entries_.begin())] = std::move(entry);
    }
    return verdict;
  }

  // Drops the entry if a removal covers it by now; true where it did. To be called for each key of which removals have
  // grown.
  template <class Key>
  bool sweep(const Key& key) {
    const Entry* entry = find(key);
    return entry && removals_->covers(*entry) && forget(key);
  }

  // Drops an entry for a reason that the caller knows, and that holds for all replicas. It is taken again when it is
  // put again. key may be a part of the entry.
  template <class Key>
  bool forget(const Key& key) {
    const auto at = place_of(key);
    if (at == entries_.end() || Of::key(*at) != key) return false;
    entries_.erase(at);
    return true;
  }

  template <class Key>
  const Entry* find(const Key& key) const {
    const auto at = place_of(key);
    return at == entries_.end() || Of::key(*at) != key ? nullptr : &*at;
  }
  // In order of key.
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }

 private:
  template <class Key>
  typename std::vector<Entry>::const_iterator place_of(const Key& key) const {
    return std::lower_bound(entries_.begin(), entries_.end(), key,
                            [](const Entry& entry, const Key& wanted) { return Of::key(entry) < wanted; });
  }

  const Removals* removals_;
  std::vector<Entry> entries_;
};

}  // namespace smeg::crdt
