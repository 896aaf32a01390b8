#include "gossip/rings.h"

#include <algorithm>

namespace smeg::gossip {

Rings::Places Rings::places_of(const crypto::IdentityKey& member) const {
  const auto hash = crypto::hash<sizeof(Places)>("smegmesh rings 1", {mesh_.bytes, member.view()});
  Places out;
  for (std::size_t ring = 0; ring < kRings; ++ring) out[ring] = load_be<Place>(hash.data() + ring * sizeof(Place));
  return out;
}

void Rings::set(std::span<const crypto::IdentityKey> members) {
  std::map<crypto::IdentityKey, Places> next;
  bool changed = members.size() != places_.size();
  for (const crypto::IdentityKey& member : members) {
    const auto known = places_.find(member);
    changed |= known == places_.end();
    next.emplace(member, known == places_.end() ? places_of(member) : known->second);
  }
  if (!changed) return;
  places_ = std::move(next);
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    spots_[ring].clear();
    for (const auto& [member, places] : places_) spots_[ring].push_back({places[ring], member});
    std::ranges::sort(spots_[ring]);
  }
}

std::size_t Rings::position(const crypto::IdentityKey& member, std::size_t ring) const {
  const auto known = places_.find(member);
  const Place place = known == places_.end() ? places_of(member)[ring] : known->second[ring];
  const auto at = std::ranges::lower_bound(spots_[ring], Spot{place, member});
  return static_cast<std::size_t>(at - spots_[ring].begin());
}

}  // namespace smeg::gossip
