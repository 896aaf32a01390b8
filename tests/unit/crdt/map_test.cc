// The laws of the two-phase map over random histories, against a naive model.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "crdt/crdt.h"

namespace smeg::crdt {
namespace {

struct Entry {
  int key = 0;
  Stamp stamp;
  int value = 0;
};

struct OfEntry {
  static const int& key(const Entry& entry) { return entry.key; }
  static const Stamp& stamp(const Entry& entry) { return entry.stamp; }
};

// The second phase: of each key the highest incarnation that was removed.
struct Graves {
  std::map<int, std::uint64_t> up_to;

  bool covers(const Entry& entry) const {
    const auto at = up_to.find(entry.key);
    return at != up_to.end() && entry.stamp.version.incarnation <= at->second;
  }
};

// Both phases together.
struct Replica {
  Graves graves;
  TwoPhaseMap<Entry, OfEntry, Graves> map{graves};

  Replica() = default;
  Replica(const Replica& other) : graves(other.graves) { join(other); }
  Replica& operator=(const Replica&) = delete;

  void remove(int key, std::uint64_t up_to) {
    graves.up_to[key] = std::max(graves.up_to[key], up_to);
    map.sweep(key);
  }
  void join(const Replica& other) {
    for (const auto& [key, up_to] : other.graves.up_to) remove(key, up_to);
    for (const Entry& entry : other.map.entries()) map.put(entry);
  }
};

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

void apply(Replica& replica, const Change& change) {
  if (change.removal) {
    replica.remove(change.key, change.stamp.version.incarnation);
  } else {
    replica.map.put({change.key, change.stamp, change.value});
  }
}

Replica build(const std::vector<Change>& history) {
  Replica replica;
  for (const Change& change : history) apply(replica, change);
  return replica;
}

using Contents = std::map<int, std::pair<Version, int>>;

Contents contents(const Replica& replica) {
  Contents out;
  for (const Entry& entry : replica.map.entries()) out[entry.key] = {entry.stamp.version, entry.value};
  return out;
}

// The stupid twin: keeps every change for good and looks through all of them.
Contents naive(const std::vector<Change>& history) {
  const auto removed = [&](const Change& entry) {
    return std::any_of(history.begin(), history.end(), [&](const Change& change) {
      return change.removal && change.key == entry.key &&
             change.stamp.version.incarnation >= entry.stamp.version.incarnation;
    });
  };
  std::map<int, const Change*> best;
  for (const Change& change : history) {
    if (change.removal || removed(change)) continue;
    const Change*& winner = best[change.key];
    if (!winner || supersedes(change.stamp, winner->stamp)) winner = &change;
  }
  Contents out;
  for (const auto& [key, change] : best) out[key] = {change->stamp.version, change->value};
  return out;
}

Replica joined(const Replica& a, const Replica& b) {
  Replica out = a;
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
    const Replica a = build(random_history(chance));
    const Replica b = build(random_history(chance));
    const Replica c = build(random_history(chance));
    REQUIRE(contents(joined(a, b)) == contents(joined(b, a)));
    REQUIRE(contents(joined(joined(a, b), c)) == contents(joined(a, joined(b, c))));
    REQUIRE(contents(joined(a, a)) == contents(a));
    REQUIRE(contents(joined(joined(a, b), b)) == contents(joined(a, b)));
  }
}

TEST_CASE("judge says beforehand what put does") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    Replica replica;
    for (const Change& change : random_history(chance)) {
      if (change.removal) {
        apply(replica, change);
        continue;
      }
      const Contents before = contents(replica);
      const Put beforehand = replica.map.judge(change.key, change.stamp);
      const Put verdict = replica.map.put({change.key, change.stamp, change.value});
      const bool covered = replica.graves.covers({change.key, change.stamp, change.value});
      REQUIRE(verdict == (covered ? Put::voided : beforehand));
      REQUIRE((contents(replica) != before) == takes(verdict));
    }
  }
}

TEST_CASE("each verdict") {
  Replica replica;
  auto& map = replica.map;
  const Stamp first{{1, 5}, hash_of(1)};
  CHECK(map.put({7, first, 1}) == Put::added);
  CHECK(map.put({7, first, 1}) == Put::same);
  CHECK(map.put({7, {{1, 4}, hash_of(2)}, 2}) == Put::older);
  CHECK(map.put({7, {{1, 6}, hash_of(2)}, 2}) == Put::replaced);
  CHECK(map.put({7, {{2, 0}, hash_of(3)}, 3}) == Put::replaced);

  REQUIRE(hash_of(1) < hash_of(3));
  CHECK(map.put({7, {{2, 0}, hash_of(1)}, 1}) == Put::conflict_replaced);
  CHECK(map.put({7, {{2, 0}, hash_of(3)}, 3}) == Put::conflict_kept);
  CHECK_FALSE(map.sweep(7));
  replica.graves.up_to[7] = 2;
  CHECK(map.sweep(7));
  CHECK_FALSE(map.sweep(7));
  CHECK(map.find(7) == nullptr);
  CHECK(map.put({7, {{2, 9}, hash_of(1)}, 1}) == Put::voided);
  CHECK(map.put({7, {{3, 0}, hash_of(1)}, 1}) == Put::added);
}

TEST_CASE("one who left comes back with a higher incarnation; a removal of all incarnations is final") {
  Replica replica;
  replica.remove(1, 4);
  CHECK(replica.map.put({1, {{5, 0}, hash_of(1)}, 1}) == Put::added);
  replica.remove(1, ~std::uint64_t{0});
  CHECK(replica.map.put({1, {{~std::uint64_t{0}, ~std::uint64_t{0}}, hash_of(1)}, 1}) == Put::voided);
  CHECK(replica.map.size() == 0);
}

TEST_CASE("what is forgotten is taken again") {
  Replica replica;
  const Stamp stamp{{1, 1}, hash_of(1)};
  replica.map.put({1, stamp, 1});
  CHECK(replica.map.forget(1));
  CHECK_FALSE(replica.map.forget(1));
  CHECK(replica.map.put({1, stamp, 1}) == Put::added);
}

}  // namespace
}  // namespace smeg::crdt
