// The laws of the two-phase map over random histories, against a naive model.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "crdt/crdt.h"

namespace smeg::crdt {
namespace {

using Map = TwoPhaseMap<int, int, int>;

// One thing that an owner says: an entry (value) or a removal.
struct Change {
  int key = 0;
  bool removal = false;
  Stamp stamp;  // of a removal: the incarnation that it covers, and its hash
  int value = 0;
};

ContentHash hash_of(int value) {
  ContentHash hash{};
  hash[0] = static_cast<std::uint8_t>(value * 151 + 17);
  hash[1] = static_cast<std::uint8_t>(value);
  return hash;
}

// Few keys, versions and values, so that everything collides with everything.
Change random_change(std::mt19937_64& chance) {
  Change change;
  change.key = static_cast<int>(chance() % 3);
  change.removal = chance() % 5 == 0;
  change.value = static_cast<int>(chance() % 4);
  change.stamp = {{chance() % 4, change.removal ? 0 : chance() % 3}, hash_of(change.value)};
  return change;
}

std::vector<Change> random_history(std::mt19937_64& chance) {
  std::vector<Change> history(1 + chance() % 24);
  for (Change& change : history) change = random_change(chance);
  return history;
}

void apply(Map& map, const Change& change) {
  if (change.removal) {
    map.remove(change.key, change.stamp.version.incarnation, change.stamp.hash, change.value);
  } else {
    map.put(change.key, change.stamp, change.value);
  }
}

Map build(const std::vector<Change>& history) {
  Map map;
  for (const Change& change : history) apply(map, change);
  return map;
}

using Contents = std::pair<std::map<int, std::pair<Version, int>>, std::map<int, std::pair<std::uint64_t, int>>>;

Contents contents(const Map& map) {
  Contents out;
  for (const auto& [key, entry] : map.entries()) out.first[key] = {entry.stamp.version, entry.value};
  for (const auto& [key, grave] : map.removals()) out.second[key] = {grave.up_to, grave.removal};
  return out;
}

// The stupid twin: keeps every change for good and looks through all of them.
Contents naive(const std::vector<Change>& history) {
  Contents out;
  for (int key = 0; key < 3; ++key) {
    const Change* best = nullptr;
    const Change* grave = nullptr;
    for (const Change& change : history) {
      if (change.key != key || !change.removal) continue;
      const auto up_to = change.stamp.version.incarnation;
      if (!grave || up_to > grave->stamp.version.incarnation ||
          (up_to == grave->stamp.version.incarnation && change.stamp.hash < grave->stamp.hash)) {
        grave = &change;
      }
    }
    for (const Change& change : history) {
      if (change.key != key || change.removal) continue;
      if (grave && change.stamp.version.incarnation <= grave->stamp.version.incarnation) continue;
      if (!best || supersedes(change.stamp, best->stamp)) best = &change;
    }
    if (best) out.first[key] = {best->stamp.version, best->value};
    if (grave) out.second[key] = {grave->stamp.version.incarnation, grave->value};
  }
  return out;
}

Map joined(const Map& a, const Map& b) {
  Map out = a;
  out.join(b);
  return out;
}

TEST_CASE("whatever the order and however often, the map holds what the naive model holds") {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    std::vector<Change> history = random_history(chance);
    const Contents expected = naive(history);
    REQUIRE(contents(build(history)) == expected);
    const std::vector<Change> once = history;
    history.insert(history.end(), once.begin(), once.end());
    std::shuffle(history.begin(), history.end(), chance);
    REQUIRE(contents(build(history)) == expected);
  }
}

TEST_CASE("join is commutative, associative and idempotent") {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    const Map a = build(random_history(chance));
    const Map b = build(random_history(chance));
    const Map c = build(random_history(chance));
    REQUIRE(contents(joined(a, b)) == contents(joined(b, a)));
    REQUIRE(contents(joined(joined(a, b), c)) == contents(joined(a, joined(b, c))));
    REQUIRE(contents(joined(a, a)) == contents(a));
    REQUIRE(contents(joined(joined(a, b), b)) == contents(joined(a, b)));
  }
}

TEST_CASE("judge says beforehand what put and remove do") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    Map map;
    for (const Change& change : random_history(chance)) {
      const Contents before = contents(map);
      bool taken = false;
      if (change.removal) {
        const auto up_to = change.stamp.version.incarnation;
        const Remove verdict = map.judge_removal(change.key, up_to, change.stamp.hash);
        REQUIRE(map.remove(change.key, up_to, change.stamp.hash, change.value) == verdict);
        taken = Map::takes(verdict);
      } else {
        const Put verdict = map.judge(change.key, change.stamp);
        REQUIRE(map.put(change.key, change.stamp, change.value) == verdict);
        taken = Map::takes(verdict);
      }
      REQUIRE((contents(map) != before) == taken);
    }
  }
}

TEST_CASE("each verdict") {
  Map map;
  const Stamp first{{1, 5}, hash_of(1)};
  CHECK(map.put(7, first, 1) == Put::added);
  CHECK(map.put(7, first, 1) == Put::same);
  CHECK(map.put(7, {{1, 4}, hash_of(2)}, 2) == Put::older);
  CHECK(map.put(7, {{1, 6}, hash_of(2)}, 2) == Put::replaced);
  CHECK(map.put(7, {{2, 0}, hash_of(3)}, 3) == Put::replaced);

  REQUIRE(hash_of(1) < hash_of(3));
  CHECK(map.put(7, {{2, 0}, hash_of(1)}, 1) == Put::conflict_replaced);
  CHECK(map.put(7, {{2, 0}, hash_of(3)}, 3) == Put::conflict_kept);
  CHECK(map.remove(7, 2, hash_of(0), 0) == Remove::added);
  CHECK(map.find(7) == nullptr);
  CHECK(map.put(7, {{2, 9}, hash_of(1)}, 1) == Put::voided);
  CHECK(map.remove(7, 2, hash_of(0), 0) == Remove::same);
  CHECK(map.remove(7, 1, hash_of(0), 0) == Remove::older);
  CHECK(map.put(7, {{3, 0}, hash_of(1)}, 1) == Put::added);
}

TEST_CASE("one who left comes back with a higher incarnation; a removal of all incarnations is final") {
  Map map;
  map.remove(1, 4, hash_of(0), 0);
  CHECK(map.put(1, {{5, 0}, hash_of(1)}, 1) == Put::added);
  map.remove(1, ~std::uint64_t{0}, hash_of(0), 0);
  CHECK(map.put(1, {{~std::uint64_t{0}, ~std::uint64_t{0}}, hash_of(1)}, 1) == Put::voided);
  CHECK(map.entries().empty());
}

TEST_CASE("what is forgotten is taken again") {
  Map map;
  const Stamp stamp{{1, 1}, hash_of(1)};
  map.put(1, stamp, 1);
  CHECK(map.forget(1));
  CHECK_FALSE(map.forget(1));
  CHECK(map.put(1, stamp, 1) == Put::added);
}

}  // namespace
}  // namespace smeg::crdt
