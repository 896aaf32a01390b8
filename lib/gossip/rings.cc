#include "gossip/rings.h"

#include <algorithm>

namespace smeg::gossip {

Rings::Places Rings::places_of(const crypto::IdentityKey& member) const {
  const auto hash = crypto::hash<sizeof(Places)>("smegmesh rings 1", {mesh_.bytes, member.view()});
  Places out;
  for (std::size_t ring = 0; ring < kRings; ++ring) out[ring] = load_be<Place>(hash.data() + ring * sizeof(Place));
  return out;
}

void Rings::add(const crypto::IdentityKey& member) {
  const auto [at, fresh] = places_.try_emplace(member);
  if (!fresh) return;
  at->second = places_of(member);
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    const Spot spot{at->second[ring], &at->first};
    spots_[ring].insert(std::ranges::lower_bound(spots_[ring], spot, std::less<>()), spot);
  }
}

void Rings::remove(const crypto::IdentityKey& member) {
  const auto at = places_.find(member);
  if (at == places_.end()) return;
  for (std::size_t ring = 0; ring < kRings; ++ring)
    spots_[ring].erase(std::ranges::lower_bound(spots_[ring], Spot{at->second[ring], &at->first}, std::less<>()));
  places_.erase(at);
}

std::size_t Rings::position(const crypto::IdentityKey& member, std::size_t ring) const {
  const auto known = places_.find(member);
  const Place place = known == places_.end() ? places_of(member)[ring] : known->second[ring];
  const auto at = std::ranges::lower_bound(spots_[ring], Spot{place, &member}, std::less<>());
  return static_cast<std::size_t>(at - spots_[ring].begin());
}

}  // namespace smeg::gossip
