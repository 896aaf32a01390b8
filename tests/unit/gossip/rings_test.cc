#include "gossip/rings.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace smeg;
using namespace smeg::gossip;

namespace {

const MeshId kMesh{{1, 2, 3}};

std::vector<crypto::IdentityKey> members(std::size_t count) {
  SeededRng chance(count);
  std::vector<crypto::IdentityKey> out(count);
  for (auto& member : out)
    for (auto& byte : member.bytes) byte = static_cast<std::uint8_t>(chance.next());
  return out;
}

std::vector<crypto::IdentityKey> walked(const Rings& rings, const crypto::IdentityKey& from, std::size_t ring,
                                        Rings::Direction direction) {
  std::vector<crypto::IdentityKey> out;
  rings.walk(from, ring, direction, [&](const crypto::IdentityKey& member) {
    out.push_back(member);
    return true;
  });
  return out;
}

void fill(Rings& rings, const std::vector<crypto::IdentityKey>& members) {
  for (const crypto::IdentityKey& member : members) rings.add(member);
}

const auto nobody = [](const crypto::IdentityKey&) { return false; };

}  // namespace

TEST_CASE("a walk meets everyone else once, and the other way round in the other direction") {
  for (const std::size_t count : {1, 2, 3, 17}) {
    const auto all = members(count);
    Rings rings(kMesh);
    fill(rings, all);
    for (std::size_t ring = 0; ring < kRings; ++ring) {
      auto behind = walked(rings, all[0], ring, Rings::Direction::behind);
      CHECK(behind.size() == count - 1);
      CHECK(std::ranges::find(behind, all[0]) == behind.end());
      auto before = walked(rings, all[0], ring, Rings::Direction::before);
      std::ranges::reverse(before);
      CHECK(before == behind);
    }
  }
}

TEST_CASE("who stands nowhere walks from where it would stand") {
  auto all = members(20);
  const crypto::IdentityKey client = all.back();
  Rings with(kMesh);
  fill(with, all);
  all.pop_back();
  Rings without(kMesh);
  fill(without, all);
  CHECK_FALSE(without.contains(client));
  for (std::size_t ring = 0; ring < kRings; ++ring)
    for (const auto direction : {Rings::Direction::before, Rings::Direction::behind})
      CHECK(walked(without, client, ring, direction) == walked(with, client, ring, direction));
}

TEST_CASE("the rings differ, and do not depend on the order of the list") {
  auto all = members(50);
  Rings rings(kMesh);
  fill(rings, all);
  CHECK(walked(rings, all[0], 0, Rings::Direction::behind) != walked(rings, all[0], 1, Rings::Direction::behind));
  std::ranges::reverse(all);
  Rings other(kMesh);
  fill(other, all);
  for (std::size_t ring = 0; ring < kRings; ++ring)
    CHECK(walked(rings, all[0], ring, Rings::Direction::behind) ==
          walked(other, all[0], ring, Rings::Direction::behind));
}

TEST_CASE("observers are the nearest before, and near is symmetrical with that") {
  const auto all = members(60);
  Rings rings(kMesh);
  fill(rings, all);
  const auto observers = rings.observers(all[7], 2, nobody);
  CHECK(observers.size() <= 2 * kRings);
  CHECK(observers.size() > kRings);
  for (const auto& member : all) CHECK(rings.is_near(member, all[7], 2, nobody) == (observers.contains(member)));
  const auto gone = *observers.begin();
  const auto others = rings.observers(all[7], 2, [&](const auto& member) { return member == gone; });
  CHECK_FALSE(others.contains(gone));
  CHECK(others.size() >= observers.size() - 1);
}

TEST_CASE("who came and went leaves no trace") {
  const auto all = members(40);
  Rings churned(kMesh);
  fill(churned, all);
  for (std::size_t i = 0; i < all.size(); i += 2) churned.remove(all[i]);
  churned.remove(all[0]);
  Rings fresh(kMesh);
  for (std::size_t i = 1; i < all.size(); i += 2) fresh.add(all[i]);
  CHECK(churned.size() == fresh.size());
  for (std::size_t ring = 0; ring < kRings; ++ring)
    for (const auto& from : all)
      CHECK(walked(churned, from, ring, Rings::Direction::behind) ==
            walked(fresh, from, ring, Rings::Direction::behind));
}
