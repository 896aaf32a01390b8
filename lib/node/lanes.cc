#include "node/lanes.h"

#include <algorithm>
#include <iterator>

#include "mesh/mesh.h"

namespace smeg::node {

static_assert(netstate::kLanesPerMesh == mesh::kLanesPerRecord);

std::vector<crypto::IdentityKey> lanes_needed(const WantedMesh& mesh) {
  const addr::Prefix inside = addr::mesh_prefix(mesh.mesh);
  std::map<addr::Prefix, std::set<const WantedPeer*>> leaders;
  for (const WantedPeer& peer : mesh.peers)
    for (const auto* prefixes : {&peer.prefixes, &peer.sources})
      for (const addr::Prefix& prefix : *prefixes)
        if (!inside.contains(prefix)) leaders[prefix].insert(&peer);
  std::set<crypto::IdentityKey> chosen, others;
  for (const auto& [prefix, peers] : leaders)
    if (peers.size() > 1)
      for (const WantedPeer* peer : peers) (peer->prefixes.contains(prefix) ? chosen : others).insert(peer->identity);
  std::vector<crypto::IdentityKey> out(chosen.begin(), chosen.end());
  std::ranges::set_difference(others, chosen, std::back_inserter(out));
  return out;
}

bool assign_lanes(std::vector<KeptLane>& lanes, const std::vector<crypto::IdentityKey>& needed, Instant now) {
  for (KeptLane& lane : lanes) {
    const bool wanted = std::ranges::find(needed, lane.member) != needed.end();
    lane.unwanted_since = wanted ? kNever : std::min(lane.unwanted_since, now);
  }
  bool more = false;
  for (const crypto::IdentityKey& member : needed) {
    if (std::ranges::find(lanes, member, &KeptLane::member) != lanes.end()) continue;
    if (lanes.size() >= netstate::kLanesPerMesh) break;
    netstate::Lane number = 1;
    while (std::ranges::find(lanes, number, &KeptLane::number) != lanes.end()) ++number;
    lanes.push_back({.number = number, .member = member});
    more = true;
  }
  return more;
}

crypto::WgPrivateKey lane_key(const crypto::WgPrivateKey& main, const crypto::IdentityKey& member) {
  crypto::WgPrivateKey key(
      crypto::Secret<32>(crypto::keyed_hash<32>(main.expose(), "smegmesh lane key 1", {member.bytes})));
  // As the kernel would clamp it (RFC 7748 section 5), and show it then.
  const MutableByteView bytes = key.mutable_bytes();
  bytes[0] &= 248;
  bytes[31] = static_cast<std::uint8_t>((bytes[31] & 127) | 64);
  return key;
}

}  // namespace smeg::node
