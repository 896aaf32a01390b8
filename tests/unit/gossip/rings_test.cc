#include "gossip/rings.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace smeg;
using namespace smeg::gossip;

namespace {

const MeshId kMesh{{1, 2, 3}};

std::vector<Spot> members(std::size_t count) {
  SeededRng chance(count);
  std::vector<Spot> out;
  for (std::size_t i = 0; i < count; ++i) {
    crypto::IdentityKey member;
    for (auto& byte : member.bytes) byte = static_cast<std::uint8_t>(chance.next());
    out.push_back(Spot::of(kMesh, member));
  }
  return out;
}

std::vector<crypto::IdentityKey> walked(const Rings& rings, const Spot& from, std::size_t ring,
                                        Rings::Direction direction) {
  std::vector<crypto::IdentityKey> out;
  rings.walk(from, ring, direction, [&](const crypto::IdentityKey& member) {
    out.push_back(member);
    return true;
  });
  return out;
}

void fill(Rings& rings, const std::vector<Spot>& members) {
  for (const Spot& member : members) rings.add(member);
}

const auto nobody = [](const crypto::IdentityKey&) { return false; };

// The stupid twin: sorts everybody anew for each question.
std::vector<crypto::IdentityKey> naive_walk(std::vector<Spot> all, const Spot& from, std::size_t ring) {
  std::erase_if(all, [&](const Spot& spot) { return spot.identity == from.identity; });
  std::ranges::sort(all, {}, [&](const Spot& spot) {
    const Spot::Place ahead = spot.places[ring] - from.places[ring];  // round the ring
    return std::pair(ahead, spot.identity);
  });
  std::vector<crypto::IdentityKey> out;
  for (const Spot& spot : all) out.push_back(spot.identity);
  return out;
}

}  // namespace

TEST_CASE("a walk goes as one that sorts everybody anew") {
  const auto all = members(200);
  Rings rings;
  fill(rings, all);
  for (std::size_t i = 0; i < all.size(); i += 7)
    for (std::size_t ring = 0; ring < kRings; ++ring)
      CHECK(walked(rings, all[i], ring, Rings::Direction::behind) == naive_walk(all, all[i], ring));
}

TEST_CASE("a spot that lies elsewhere takes the place of the one before") {
  auto all = members(30);
  Rings rings;
  fill(rings, all);
  const Spot moved = all[3];
  rings.add(moved);
  all[3] = {};
  CHECK(rings.size() == 30);
  CHECK(std::ranges::count(walked(rings, all[5], 0, Rings::Direction::before), moved.identity) == 1);
}

TEST_CASE("a walk meets everyone else once, and the other way round in the other direction") {
  for (const std::size_t count : {1, 2, 3, 17}) {
    const auto all = members(count);
    Rings rings;
    fill(rings, all);
    for (std::size_t ring = 0; ring < kRings; ++ring) {
      auto behind = walked(rings, all[0], ring, Rings::Direction::behind);
      CHECK(behind.size() == count - 1);
      CHECK(std::ranges::find(behind, all[0].identity) == behind.end());
      auto before = walked(rings, all[0], ring, Rings::Direction::before);
      std::ranges::reverse(before);
      CHECK(before == behind);
    }
  }
}

TEST_CASE("who stands nowhere walks from where it would stand") {
  const auto all = members(20);
  const Spot client = all.back();
  Rings with;
  fill(with, all);
  Rings without;
  fill(without, all);
  without.remove(client);
  CHECK(without.size() == 19);
  for (std::size_t ring = 0; ring < kRings; ++ring)
    for (const auto direction : {Rings::Direction::before, Rings::Direction::behind})
      CHECK(walked(without, client, ring, direction) == walked(with, client, ring, direction));
}

TEST_CASE("the rings differ, and do not depend on the order of the list") {
  const auto all = members(50);
  Rings rings;
  fill(rings, all);
  CHECK(walked(rings, all[0], 0, Rings::Direction::behind) != walked(rings, all[0], 1, Rings::Direction::behind));
  std::vector<Spot> reversed(all.rbegin(), all.rend());
  Rings other;
  fill(other, reversed);
  for (std::size_t ring = 0; ring < kRings; ++ring)
    CHECK(walked(rings, all[0], ring, Rings::Direction::behind) ==
          walked(other, all[0], ring, Rings::Direction::behind));
}

TEST_CASE("observers are the nearest before, and near is symmetrical with that") {
  const auto all = members(60);
  Rings rings;
  fill(rings, all);
  const auto observers = rings.observers(all[7], 2, nobody);
  CHECK(observers.size() <= 2 * kRings);
  CHECK(observers.size() > kRings);
  for (const Spot& member : all)
    CHECK(rings.is_near(member.identity, all[7], 2, nobody) == observers.contains(member.identity));
  const auto gone = *observers.begin();
  const auto others = rings.observers(all[7], 2, [&](const auto& member) { return member == gone; });
  CHECK_FALSE(others.contains(gone));
  CHECK(others.size() >= observers.size() - 1);
}

TEST_CASE("who came and went leaves no trace") {
  const auto all = members(40);
  Rings churned;
  fill(churned, all);
  for (std::size_t i = 0; i < all.size(); i += 2) churned.remove(all[i]);
  churned.remove(all[0]);
  Rings fresh;
  for (std::size_t i = 1; i < all.size(); i += 2) fresh.add(all[i]);
  CHECK(churned.size() == fresh.size());
  for (std::size_t ring = 0; ring < kRings; ++ring)
    for (const auto& from : all)
      CHECK(walked(churned, from, ring, Rings::Direction::behind) ==
            walked(fresh, from, ring, Rings::Direction::behind));
}
