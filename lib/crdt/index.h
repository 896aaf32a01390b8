// How two replicas find what either lacks: digests of buckets first, then the stamps in those that differ.
#pragma once

#include <algorithm>
#include <array>
#include <map>
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
// Hash is a collision-resistant function ByteArray<32>(ByteView). Single-threaded. Never fails.
template <class Hash>
class Index {
 public:
  explicit Index(Hash hash = {}) : hash_(std::move(hash)) {}

  void set(const ItemKey& key, const Stamp& stamp) {
    Bucket& bucket = buckets_[bucket_of(key)];
    const Line line{stamp.version, short_hash(stamp.hash)};
    const auto [at, fresh] = bucket.lines.try_emplace(key, line);
    size_ += fresh;
    if (!fresh && at->second == line) return;
    at->second = line;
    soil(bucket);
  }
  bool erase(const ItemKey& key) {
    Bucket& bucket = buckets_[bucket_of(key)];
    if (bucket.lines.erase(key) == 0) return false;
    --size_;
    soil(bucket);
    return true;
  }
  std::optional<Held> find(const ItemKey& key) const {
    const Bucket& bucket = buckets_[bucket_of(key)];
    const auto at = bucket.lines.find(key);
    if (at == bucket.lines.end()) return std::nullopt;
    return Held{key, at->second.version, at->second.hash};
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
    const Bucket& bucket = buckets_[number];
    if (!bucket.clean) {
      bucket.digest = short_hash(hash_(encode(bucket)));
      bucket.clean = true;
    }
    return bucket.digest;
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
    for (const auto& [key, line] : buckets_[bucket].lines) out.push_back({key, line.version, line.hash});
    return out;
  }
  // Compares the named buckets (each below kBuckets) with the lines that the other holds in them. A line that names a
  // bucket not listed is ignored, of two lines with one key the last counts.
  Difference compare(std::span<const std::size_t> buckets, std::span<const Held> theirs) const;

 private:
  struct Line {
    Version version;
    StampHash hash{};

    friend bool operator==(const Line&, const Line&) = default;
  };
  struct Bucket {
    std::map<ItemKey, Line> lines;
    mutable BucketDigest digest{};
    mutable bool clean = false;
  };

  void soil(Bucket& bucket) {
    bucket.clean = false;
    clean_ = false;
  }
  template <class Range>
  static void append(Bytes& out, const Range& bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  static Bytes encode(const Bucket& bucket) {
    Bytes out;
    out.reserve(bucket.lines.size() * (sizeof(ItemKey) + 16 + sizeof(StampHash)));
    for (const auto& [key, line] : bucket.lines) {
      ByteArray<16> version;
      store_be(version.data(), line.version.incarnation);
      store_be(version.data() + 8, line.version.counter);
      append(out, key);
      append(out, version);
      append(out, line.hash);
    }
    return out;
  }

  Hash hash_;
  std::array<Bucket, kBuckets> buckets_;
  std::size_t size_ = 0;
  mutable ByteArray<32> digest_{};
  mutable bool clean_ = false;
};

template <class Hash>
Difference Index<Hash>::compare(std::span<const std::size_t> buckets, std::span<const Held> theirs) const {
  std::array<bool, kBuckets> listed{};
  for (const std::size_t number : buckets) listed[number] = true;
  std::map<ItemKey, const Held*> other;
  for (const Held& line : theirs) {
    if (listed[bucket_of(line.key)]) other[line.key] = &line;
  }
  const auto newer = [](const Held& a, const Held& b) {
    return a.version != b.version ? a.version > b.version : a.hash < b.hash;
  };
  Difference out;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (!listed[i]) continue;
    for (const auto& [key, ours] : buckets_[i].lines) {
      const auto at = other.find(key);
      if (at == other.end() || newer({key, ours.version, ours.hash}, *at->second)) out.they_lack.push_back(key);
    }
  }
  for (const auto& [key, line] : other) {
    const std::optional<Held> ours = find(key);
    if (!ours || newer(*line, *ours)) out.we_lack.push_back(key);
  }
  return out;
}

}  // namespace smeg::crdt
