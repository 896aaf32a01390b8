#include "wireguard/snapshot_map.h"

#include <doctest/doctest.h>

#include <map>

namespace smeg::wireguard {
namespace {

TEST_CASE("a copy doesn't see later changes") {
  SnapshotMap<int> map;
  map.set(1, 10);
  map.set(129, 20);  // the same shard
  const SnapshotMap<int> copy = map;
  map.set(1, 11);
  map.erase(129);
  map.set(2, 30);
  CHECK(*copy.find(1) == 10);
  CHECK(*copy.find(129) == 20);
  CHECK(copy.find(2) == nullptr);
  CHECK(*map.find(1) == 11);
  CHECK(map.find(129) == nullptr);
  CHECK(map.size() == 2);
}

TEST_CASE("against std::map, snapshots included") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    SnapshotMap<std::uint64_t> map;
    std::map<std::uint32_t, std::uint64_t> naive;
    std::vector<std::pair<SnapshotMap<std::uint64_t>, std::map<std::uint32_t, std::uint64_t>>> snapshots;
    for (int i = 0; i < 2'000; ++i) {
      const auto key = static_cast<std::uint32_t>(rng.below(700) * (rng.below(2) == 0 ? 1 : 0x01000193));
      if (rng.below(3) == 0) {
        map.erase(key);
        naive.erase(key);
      } else {
        map.set(key, static_cast<std::uint64_t>(i));
        naive[key] = static_cast<std::uint64_t>(i);
      }
      if (i % 200 == 0) snapshots.emplace_back(map, naive);
    }
    snapshots.emplace_back(map, naive);
    for (const auto& [snapshot, expected] : snapshots) {
      CHECK(snapshot.size() == expected.size());
      for (std::uint32_t key = 0; key < 700; ++key) {
        const auto at = expected.find(key);
        const auto* found = snapshot.find(key);
        REQUIRE((found != nullptr) == (at != expected.end()));
        if (found) CHECK(*found == at->second);
      }
      for (const auto& [key, value] : expected) {
        REQUIRE(snapshot.find(key));
        CHECK(*snapshot.find(key) == value);
      }
    }
  }
}

}  // namespace
}  // namespace smeg::wireguard
