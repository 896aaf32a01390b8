// A map whose copies are cheap and never change: what the control thread writes and the workers read.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "base/base.h"

namespace smeg::wireguard {

// A fixed number of shards, each a sorted vector that is shared between copies until one of them changes it. A copy
// costs kShards reference counts, a change one shard, a lookup a binary search in one shard. Keys are 32-bit numbers.
// Each copy belongs to one thread or is const.
template <class Value>
class SnapshotMap {
 public:
  const Value* find(std::uint32_t key) const {
    const auto& shard = shards_[shard_of(key)];
    if (!shard) return nullptr;
    const auto at = std::ranges::lower_bound(*shard, key, {}, &Entry::key);
    return at != shard->end() && at->key == key ? &at->value : nullptr;
  }

  void set(std::uint32_t key, Value value) {
    auto& shard = shards_[shard_of(key)];
    auto changed = shard ? std::make_shared<Shard>(*shard) : std::make_shared<Shard>();
    const auto at = std::ranges::lower_bound(*changed, key, {}, &Entry::key);
    if (at != changed->end() && at->key == key) {
      at->value = std::move(value);
    } else {
      changed->insert(at, Entry{key, std::move(value)});
    }
    shard = std::move(changed);
  }

  void erase(std::uint32_t key) {
    auto& shard = shards_[shard_of(key)];
    if (!find(key)) return;
    auto changed = std::make_shared<Shard>(*shard);
    changed->erase(std::ranges::lower_bound(*changed, key, {}, &Entry::key));
    shard = std::move(changed);
  }

  std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_) sum += shard ? shard->size() : 0;
    return sum;
  }

 private:
  static constexpr std::size_t kShards = 128;
  struct Entry {
    std::uint32_t key;
    Value value;
  };
  using Shard = std::vector<Entry>;

  static std::size_t shard_of(std::uint32_t key) { return key % kShards; }

  std::array<std::shared_ptr<const Shard>, kShards> shards_;
};

}  // namespace smeg::wireguard
