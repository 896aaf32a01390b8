// What members have sent and nobody has looked at yet.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "node/effects.h"

namespace smeg::node {

// Of one member, and of all of them together: what is more, a later comparison brings.
inline constexpr std::size_t kInboxItemsPerMember = limits::kInboxItems / 4;
inline constexpr std::size_t kInboxBytesPerMember = 8 * 1'024 * 1'024;
inline constexpr std::size_t kInboxBytes = 64 * 1'024 * 1'024;

struct Incoming {
  SessionId from;  // zero: of our own files
  Bytes item;
  bool along_the_tree = false;
};

// Job: keeps items until there is time for them; serves those who sent them in turn, so that nobody keeps others
// waiting. Our own files come before all of them. Caller: a Membership. Single-threaded. Never fails: what finds no
// room is dropped. Does not look into items.
class Inbox {
 public:
  // Items that were dropped, by who had sent them.
  using Dropped = std::map<crypto::IdentityKey, std::size_t>;

  // Of our own files; they are bounded by what a file may hold.
  void put_own(std::vector<Bytes> items);
  // Where there is no room for all, whoever has most there loses its last ones.
  Dropped put(const crypto::IdentityKey& sender, std::vector<Incoming> items);
  // Not where empty().
  Incoming take();

  bool empty() const { return own_.empty() && turns_.empty(); }
  // Whether items of our own files still wait.
  bool has_own() const { return !own_.empty(); }

 private:
  struct Queue {
    std::deque<Incoming> items;
    std::size_t bytes = 0;
  };
  bool has_room(std::size_t items, std::size_t bytes) const;
  void make_room(const crypto::IdentityKey& sender, const std::vector<Incoming>& items, Dropped& dropped);
  void drop_last(const crypto::IdentityKey& sender, Dropped& dropped);

  std::deque<Incoming> own_;
  std::map<crypto::IdentityKey, Queue> queues_;  // none is empty
  std::deque<crypto::IdentityKey> turns_;        // whose queues_ they are, each once
  std::size_t items_ = 0;                        // in queues_
  std::size_t bytes_ = 0;
};

}  // namespace smeg::node
