#include "route/exit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

namespace smeg::route {
namespace {

MemberKey key(Rng& rng) {
  MemberKey out{};
  for (auto& byte : out) byte = static_cast<std::uint8_t>(rng.next());
  return out;
}

struct Fleet {
  explicit Fleet(std::uint64_t seed) : rng(seed) {
    for (int i = 0; i < 10'000; ++i) sources.push_back(key(rng));
  }
  std::map<MemberKey, std::size_t> shares(const std::vector<WeightedExit>& exits) const {
    std::map<MemberKey, std::size_t> out;
    for (const MemberKey& source : sources) ++out[exits[choose_exit(source, exits)].member];
    return out;
  }
  SeededRng rng;
  std::vector<MemberKey> sources;
};

}  // namespace

TEST_CASE("ten thousand sources are spread evenly over three exits") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Fleet fleet(seed);
    const std::vector<WeightedExit> exits{{key(fleet.rng)}, {key(fleet.rng)}, {key(fleet.rng)}};
    for (const auto& [exit, share] : fleet.shares(exits)) CHECK(static_cast<double>(share) / (10'000 / 3.0) < 1.05);
  }
}

TEST_CASE("weights are shares, and a weight of nothing is for when there is nothing else") {
  Fleet fleet(7);
  const WeightedExit a{key(fleet.rng), 1}, b{key(fleet.rng), 3}, idle{key(fleet.rng), 0};
  auto shares = fleet.shares({a, b, idle});
  CHECK(shares[b.member] > 7'300);
  CHECK(shares[b.member] < 7'700);
  CHECK(shares[idle.member] == 0);
  CHECK(fleet.shares({idle})[idle.member] == 10'000);
}

TEST_CASE("an exit that goes moves its own sources only, and the order of exits doesn't matter") {
  Fleet fleet(9);
  const std::vector<WeightedExit> three{{key(fleet.rng), 2}, {key(fleet.rng), 1}, {key(fleet.rng), 1}};
  const std::vector<WeightedExit> two{three[2], three[0]};
  const std::vector<WeightedExit> turned{three[1], three[2], three[0]};
  for (const MemberKey& source : fleet.sources) {
    const MemberKey before = three[choose_exit(source, three)].member;
    CHECK(turned[choose_exit(source, turned)].member == before);
    if (before != three[1].member) CHECK(two[choose_exit(source, two)].member == before);
  }
}

}  // namespace smeg::route
