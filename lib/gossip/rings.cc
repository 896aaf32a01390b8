#include "gossip/rings.h"

#include <algorithm>

namespace smeg::gossip {

Spot Spot::of(const MeshId& mesh, const crypto::IdentityKey& identity) {
  Spot out{identity, {}};
  const auto hash = crypto::hash<sizeof(places)>("smegmesh rings 1", {mesh.bytes, identity.view()});
  for (std::size_t ring = 0; ring < kRings; ++ring)
    out.places[ring] = load_be<Place>(hash.data() + ring * sizeof(Place));
  return out;
}

void Rings::add(const Spot& spot) {
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    auto& spots = spots_[ring];
    make_room(spots);
    const std::size_t at = position(spot, ring);
    if (at < spots.size() && spots[at]->identity == spot.identity) {
      spots[at] = &spot;
    } else {
      spots.insert(spots.begin() + static_cast<std::ptrdiff_t>(at), &spot);
    }
  }
}

void Rings::remove(const Spot& spot) {
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    auto& spots = spots_[ring];
    const std::size_t at = position(spot, ring);
    if (at < spots.size() && spots[at]->identity == spot.identity)
      spots.erase(spots.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

std::size_t Rings::position(const Spot& spot, std::size_t ring) const {
  const auto before = [ring](const Spot* a, const Spot& b) {
    return a->places[ring] != b.places[ring] ? a->places[ring] < b.places[ring] : a->identity < b.identity;
  };
  const auto& spots = spots_[ring];
  return static_cast<std::size_t>(std::lower_bound(spots.begin(), spots.end(), spot, before) - spots.begin());
}

}  // namespace smeg::gossip
