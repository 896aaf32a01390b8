// How two replicas find what either lacks: digests of buckets first, then the stamps in those that differ.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crdt/version.h"

namespace smeg::crdt {

// Names one entry among all replicas; spread evenly, so best a hash by itself.
using ItemKey = ByteArray<32>;
// Two members who lie together can't make two states look alike: that takes a collision of 128 bits.
using BucketDigest = ByteArray<16>;
using StampHash = ByteArray<16>;

inline constexpr std::size_t kBuckets = 128;
inline constexpr std::size_t bucket_of(const ItemKey& key) { return key[0] / (256 / kBuckets); }
// The lowest key that a bucket may hold.
inline constexpr ItemKey first_of(std::size_t bucket) { return {static_cast<std::uint8_t>(bucket * (256 / kBuckets))}; }

// One line of a summary: key, version and a short hash. The summary of a replica is its version vector.
struct Held {
  ItemKey key{};
  Version version;
  StampHash hash{};

  friend bool operator==(const Held&, const Held&) = default;
};

inline StampHash short_hash(const ContentHash& hash) {
  StampHash out;
  std::copy_n(hash.begin(), out.size(), out.begin());
  return out;
}

// What follows from another replica's summary.
struct Difference {
  std::vector<ItemKey> they_lack;  // to be sent to it
  std::vector<ItemKey> we_lack;    // to be asked for
};

// Stamps of everything that a replica holds, in buckets by key; a digest of each bucket and one over all. A digest is
// computed when it is asked for and kept until its bucket changes, so that a change costs one bucket and not all.
// With each stamp stands a Payload, which leads its user to the thing itself: equal keys and stamps have equal ones.
// Hash is a collision-resistant function ByteArray<32>(ByteView). Single-threaded. Never fails.
template <class Hash, class Payload>
class Index {
  struct Line {
    Held held;
    Payload payload;
  };
  // Changes until its digest was asked for, and never again: from then on it may be shared.
  struct Bucket {
    std::vector<Line> lines;  // in order of key
    BucketDigest digest{};
    bool sealed = false;
  };

 public:
  // Job: lets the indexes of one process hold one copy of the buckets in which they hold the same. Single-threaded,
  // never fails; keeps nothing that nobody holds for long.
  class Pool {
    friend Index;
    std::shared_ptr<Bucket> share(const std::shared_ptr<Bucket>& bucket) {
      if (buckets_.size() >= sweep_at_) {
        std::erase_if(buckets_, [](const auto& entry) { return entry.second.expired(); });
        sweep_at_ = 2 * buckets_.size() + kBuckets;
      }
      std::weak_ptr<Bucket>& kept = buckets_[bucket->digest];
      if (auto same = kept.lock()) return same;
      kept = bucket;
      return bucket;
    }

    std::map<BucketDigest, std::weak_ptr<Bucket>> buckets_;
    std::size_t sweep_at_ = kBuckets;
  };

  // pool may be null; it outlives this.
  explicit Index(Hash hash = {}, Pool* pool = nullptr) : hash_(std::move(hash)), pool_(pool) {
    buckets_.fill(std::make_shared<Bucket>());
    for (std::size_t i = 0; i < kBuckets; ++i) (void)bucket_digest(i);
  }

  void set(const ItemKey& key, const Stamp& stamp, Payload payload = {}) {
    const Held held{key, stamp.version, short_hash(stamp.hash)};
    const auto [place, known] = find_line(key);
    if (known && buckets_[bucket_of(key)]->lines[place].held == held) return;
    Bucket& bucket = open(bucket_of(key));
    if (known) {
      bucket.lines[place] = {held, std::move(payload)};
    } else {
      bucket.lines.insert(bucket.lines.begin() + static_cast<std::ptrdiff_t>(place), {held, std::move(payload)});
      ++size_;
    }
  }
  bool erase(const ItemKey& key) {
    const auto [place, known] = find_line(key);
    if (!known) return false;
    Bucket& bucket = open(bucket_of(key));
    bucket.lines.erase(bucket.lines.begin() + static_cast<std::ptrdiff_t>(place));
    --size_;
    return true;
  }
  std::optional<Held> find(const ItemKey& key) const {
    const auto [place, known] = find_line(key);
    if (!known) return std::nullopt;
    return buckets_[bucket_of(key)]->lines[place].held;
  }
  // Null where the key is not held.
  const Payload* payload(const ItemKey& key) const {
    const auto [place, known] = find_line(key);
    return known ? &buckets_[bucket_of(key)]->lines[place].payload : nullptr;
  }
  // Whether another that holds this holds something newer, or something that is not here at all.
  bool lacks(const Held& theirs) const {
    const std::optional<Held> ours = find(theirs.key);
    return !ours || newer(theirs, *ours);
  }
  std::size_t size() const { return size_; }

  // Equal for equal contents, whatever the order in which they came.
  const ByteArray<32>& digest() const {
    if (clean_) return digest_;
    Bytes all;
    for (std::size_t i = 0; i < kBuckets; ++i) append(all, bucket_digest(i));
    digest_ = hash_(all);
    clean_ = true;
    return digest_;
  }
  // number is below kBuckets.
  const BucketDigest& bucket_digest(std::size_t number) const {
    std::shared_ptr<Bucket>& bucket = buckets_[number];
    if (!bucket->sealed) {
      bucket->digest = short_hash(hash_(encode(*bucket)));
      bucket->sealed = true;
      if (pool_) bucket = pool_->share(bucket);
    }
    return bucket->digest;
  }
  // The buckets in which two replicas differ; theirs has kBuckets digests.
  std::vector<std::size_t> differing(std::span<const BucketDigest> theirs) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < std::min(kBuckets, theirs.size()); ++i) {
      if (bucket_digest(i) != theirs[i]) out.push_back(i);
    }
    return out;
  }
  // In order of key.
  std::vector<Held> held(std::size_t bucket) const {
    std::vector<Held> out;
    for (const Line& line : buckets_[bucket]->lines) out.push_back(line.held);
    return out;
  }
  // Compares the named buckets (each below kBuckets) with the lines that the other holds in them. A line that names a
  // bucket not listed is ignored, of two lines with one key the last counts.
  Difference compare(std::span<const std::size_t> buckets, std::span<const Held> theirs) const;

 private:
  static bool newer(const Held& a, const Held& b) {
    return a.version != b.version ? a.version > b.version : a.hash < b.hash;
  }
  // Where a key stands in its bucket, or would stand, and whether it does.
  std::pair<std::size_t, bool> find_line(const ItemKey& key) const {
    const std::vector<Line>& lines = buckets_[bucket_of(key)]->lines;
    const auto at = std::lower_bound(lines.begin(), lines.end(), key,
                                     [](const Line& line, const ItemKey& wanted) { return line.held.key < wanted; });
    return {static_cast<std::size_t>(at - lines.begin()), at != lines.end() && at->held.key == key};
  }
  // A bucket that is about to change.
  Bucket& open(std::size_t number) {
    clean_ = false;
    std::shared_ptr<Bucket>& bucket = buckets_[number];
    if (bucket->sealed) bucket = std::make_shared<Bucket>(Bucket{bucket->lines, {}, false});
    return *bucket;
  }
  template <class Range>
  static void append(Bytes& out, const Range& bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  static Bytes encode(const Bucket& bucket) {
    Bytes out;
    out.reserve(bucket.lines.size() * (sizeof(ItemKey) + 16 + sizeof(StampHash)));
    for (const Line& line : bucket.lines) {
      ByteArray<16> version;
      store_be(version.data(), line.held.version.incarnation);
      store_be(version.data() + 8, line.held.version.counter);
      append(out, line.held.key);
      append(out, version);
      append(out, line.held.hash);
    }
    return out;
  }

  Hash hash_;
  Pool* pool_;
  mutable std::array<std::shared_ptr<Bucket>, kBuckets> buckets_;
  std::size_t size_ = 0;
  mutable ByteArray<32> digest_{};
  mutable bool clean_ = false;
};

template <class Hash, class Payload>
Difference Index<Hash, Payload>::compare(std::span<const std::size_t> buckets, std::span<const Held> theirs) const {
  std::array<bool, kBuckets> listed{};
  for (const std::size_t number : buckets) listed[number] = true;
  std::map<ItemKey, const Held*> other;
  for (const Held& line : theirs) {
    if (listed[bucket_of(line.key)]) other[line.key] = &line;
  }
  Difference out;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (!listed[i]) continue;
    for (const Line& ours : buckets_[i]->lines) {
      const auto at = other.find(ours.held.key);
      if (at == other.end() || newer(ours.held, *at->second)) out.they_lack.push_back(ours.held.key);
    }
  }
  for (const auto& [key, line] : other) {
    if (lacks(*line)) out.we_lack.push_back(key);
  }
  return out;
}

}  // namespace smeg::crdt
