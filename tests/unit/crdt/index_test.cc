#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "crdt/crdt.h"

namespace smeg::crdt {
namespace {

// FNV-1a over four lanes: no hash to rely on elsewhere, good enough to tell honest contents apart.
struct TestHash {
  ByteArray<32> operator()(ByteView bytes) const {
    ByteArray<32> out;
    for (std::size_t lane = 0; lane < 4; ++lane) {
      std::uint64_t state = 14695981039346656037ULL + lane;
      for (const std::uint8_t byte : bytes) state = (state ^ byte) * 1099511628211ULL;
      store_be(out.data() + 8 * lane, state);
    }
    return out;
  }
};
using TestIndex = Index<TestHash, std::uint64_t>;

ItemKey key_of(std::uint64_t number) {
  ItemKey key{};
  store_be(key.data(), number * 0x9e3779b97f4a7c15ULL);
  store_be(key.data() + 8, number);
  return key;
}

Stamp stamp_of(std::uint64_t counter, std::uint8_t content = 0) {
  Stamp stamp{{1, counter}, {}};
  stamp.hash[0] = content;
  return stamp;
}

std::vector<BucketDigest> digests(const TestIndex& index) {
  std::vector<BucketDigest> out;
  for (std::size_t i = 0; i < kBuckets; ++i) out.push_back(index.bucket_digest(i));
  return out;
}

std::vector<Held> lines(const TestIndex& index, const std::vector<std::size_t>& buckets) {
  std::vector<Held> out;
  for (const std::size_t bucket : buckets) {
    for (const Held& held : index.held(bucket)) out.push_back(held);
  }
  return out;
}

TEST_CASE("the digest is that of the contents, not of their history") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    std::map<std::uint64_t, Stamp> model;
    TestIndex index;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t number = chance() % 60;
      if (chance() % 4 == 0) {
        CHECK(index.erase(key_of(number)) == (model.erase(number) == 1));
      } else {
        model[number] = stamp_of(chance() % 5, static_cast<std::uint8_t>(chance() % 3));
        index.set(key_of(number), model[number]);
      }
      if (i % 16 == 0) (void)index.digest();  // so that some digests are kept and have to be dropped again
    }
    TestIndex fresh;
    for (auto at = model.rbegin(); at != model.rend(); ++at) fresh.set(key_of(at->first), at->second);
    REQUIRE(index.digest() == fresh.digest());
    REQUIRE(index.size() == model.size());
    REQUIRE(digests(index) == digests(fresh));
  }
}

TEST_CASE("every difference in key, version or content changes the digest of its bucket and no other") {
  TestIndex index;
  for (std::uint64_t i = 0; i < 300; ++i) index.set(key_of(i), stamp_of(i));
  const auto before = digests(index);
  const auto all = index.digest();
  const auto changed = [&](const Stamp& stamp) {
    index.set(key_of(42), stamp);
    CHECK(index.digest() != all);
    CHECK(index.differing(before) == std::vector<std::size_t>{bucket_of(key_of(42))});
    index.set(key_of(42), stamp_of(42));
    CHECK(index.digest() == all);
  };
  changed(stamp_of(43));
  changed(stamp_of(42, 1));
  changed({{2, 42}, {}});
  index.erase(key_of(42));
  CHECK(index.digest() != all);
}

TEST_CASE("compare finds what either lacks, as a look at everything does") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    TestIndex ours;
    TestIndex theirs;
    std::vector<ItemKey> they_lack;
    std::vector<ItemKey> we_lack;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const Stamp a = stamp_of(chance() % 3, static_cast<std::uint8_t>(chance() % 3));
      const Stamp b = chance() % 3 ? a : stamp_of(chance() % 3, static_cast<std::uint8_t>(chance() % 3));
      const bool have = chance() % 8 != 0;
      const bool have_they = chance() % 8 != 0;
      if (have) ours.set(key_of(i), a);
      if (have_they) theirs.set(key_of(i), b);
      if (have && (!have_they || supersedes(a, b))) they_lack.push_back(key_of(i));
      if (have_they && (!have || supersedes(b, a))) we_lack.push_back(key_of(i));
    }
    std::sort(they_lack.begin(), they_lack.end());
    std::sort(we_lack.begin(), we_lack.end());
    const auto buckets = ours.differing(digests(theirs));
    const Difference difference = ours.compare(buckets, lines(theirs, buckets));
    REQUIRE(difference.they_lack == they_lack);
    REQUIRE(difference.we_lack == we_lack);
    REQUIRE((ours.digest() == theirs.digest()) == (they_lack.empty() && we_lack.empty()));
  }
}

TEST_CASE("a line outside the listed buckets is ignored, so that nobody makes us send or ask twice") {
  TestIndex index;
  index.set(key_of(1), stamp_of(1));
  const std::size_t other = (bucket_of(key_of(1)) + 1) % kBuckets;
  const std::vector<std::size_t> listed = {other};
  const std::vector<Held> stray = {{key_of(1), {9, 9}, {}}};
  const Difference difference = index.compare(listed, stray);
  CHECK(difference.we_lack.empty());
  CHECK(difference.they_lack.empty());
}

TEST_CASE("what stands with a stamp is found, and goes with it") {
  TestIndex index;
  for (std::uint64_t i = 0; i < 300; ++i) index.set(key_of(i), stamp_of(1), i);
  for (std::uint64_t i = 0; i < 300; ++i) {
    REQUIRE(index.payload(key_of(i)));
    CHECK(*index.payload(key_of(i)) == i);
  }
  index.set(key_of(7), stamp_of(2), 1'000);
  CHECK(*index.payload(key_of(7)) == 1'000);
  index.erase(key_of(7));
  CHECK(index.payload(key_of(7)) == nullptr);
}

// As many indexes as nodes of one process; each against one that shares with nobody.
TEST_CASE("indexes that share their buckets hold what each would hold alone") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    TestIndex::Pool pool;
    std::vector<TestIndex> sharing;
    std::vector<TestIndex> alone(3);
    for (int i = 0; i < 3; ++i) sharing.emplace_back(TestHash{}, &pool);
    for (int i = 0; i < 400; ++i) {
      const std::size_t which = chance() % 3;
      const ItemKey key = key_of(chance() % 40);
      const std::uint64_t counter = chance() % 2;
      if (chance() % 4 == 0) {
        CHECK(sharing[which].erase(key) == alone[which].erase(key));
      } else {
        sharing[which].set(key, stamp_of(counter), counter);
        alone[which].set(key, stamp_of(counter), counter);
      }
      if (chance() % 4 == 0) REQUIRE(sharing[which].digest() == alone[which].digest());
    }
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(digests(sharing[i]) == digests(alone[i]));
      for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
        REQUIRE(sharing[i].held(bucket) == alone[i].held(bucket));
      REQUIRE(sharing[i].size() == alone[i].size());
    }
  }
}

}  // namespace
}  // namespace smeg::crdt
