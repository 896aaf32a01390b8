// Clients, and the peers that carry their packets.
#include <algorithm>
#include <map>

#include "node/membership.h"

namespace smeg::node {
namespace {

bool can_be_dialled(const mesh::Member& member) {
  return std::ranges::any_of(member.record->endpoints, [](const auto& endpoint) { return endpoint.port != 0; });
}

}  // namespace

bool Membership::may_carry(const mesh::Member& member) {
  return !member.revoked && member.role == Role::peer && member.address && member.record->wg_public_key &&
         can_be_dialled(member);
}

// Everybody has to come to the same ring: who is on it follows from records; who is live, from gossip.
route::Carriers Membership::carriers() const {
  std::vector<route::Carrier> out;
  for (const mesh::Member& member : mesh_.members()) {
    if (!may_carry(member)) continue;
    const bool live = !member.record->offline &&
                      (member.identity == self_ || gossip_.liveness(member.identity) != gossip::Liveness::down);
    out.push_back({member.identity.bytes, live});
  }
  return route::Carriers(std::move(out));
}

route::Carried Membership::carried(const route::Carriers& ring, const crypto::IdentityKey& client) const {
  const mesh::Member* member = mesh_.find(client);
  const bool wishes = member && member->record->carrier;
  return ring.of(client.bytes, wishes ? std::optional(member->record->carrier->bytes) : std::nullopt);
}

void Membership::wish_carrier(const std::optional<crypto::IdentityKey>& peer) {
  if (std::exchange(wish_known_, true) && wish_ == peer) return;
  wish_ = peer;
  republish_ = true;
}

// A client has a tunnel with the peer that carries its packets, and with another that stands by. All others reach it
// through the first, the one that stands by too: a kernel's WireGuard takes a source from one of them alone. Where
// there is nobody to carry, it is left with a tunnel to each member.
void Membership::carry_clients(WantedMesh& wanted) const {
  const auto is_client = [&](const crypto::IdentityKey& identity) {
    const mesh::Member* member = mesh_.find(identity);
    return member && member->role == Role::client;
  };
  if (role() != Role::client && std::ranges::none_of(wanted.peers, is_client, &WantedPeer::identity)) return;
  const route::Carriers ring = carriers();
  if (role() == Role::client) return be_carried(wanted, carried(ring, self_));

  std::map<crypto::IdentityKey, WantedPeer*> peers;
  for (WantedPeer& peer : wanted.peers) peers[peer.identity] = &peer;
  std::set<crypto::IdentityKey> elsewhere;
  for (WantedPeer& client : wanted.peers) {
    if (!is_client(client.identity)) continue;
    const route::Carried by = carried(ring, client.identity);
    const bool ours = by.first == self_.bytes || by.second == self_.bytes;
    wanted.carries |= ours;
    std::vector<addr::IpAddress> addresses = client.guests;
    addresses.push_back(client.address);
    // What the client sends may come through either of the two; to the one that carries it, from itself alone. If each
    // of two carriers took from the other what their clients send, packets between these would go to and fro while the
    // two don't agree on who is first: nothing counts their hops.
    for (const auto& carrier : {by.first, by.second}) {
      if (by.first == self_.bytes) break;
      const auto peer = carrier ? peers.find({*carrier}) : peers.end();
      if (peer == peers.end()) continue;
      for (const addr::IpAddress& address : addresses) peer->second->sources.insert(addr::Prefix::host(address));
    }
    const auto first = by.first ? peers.find({*by.first}) : peers.end();
    if (by.first == self_.bytes || first == peers.end()) continue;
    first->second->guests.insert(first->second->guests.end(), addresses.begin(), addresses.end());
    client.stands_by = ours;
    if (!ours) elsewhere.insert(client.identity);
  }
  std::erase_if(wanted.peers, [&](const WantedPeer& peer) {
    if (!elsewhere.contains(peer.identity)) return false;
    wanted.refused.insert(peer.key);
    return true;
  });
}

void Membership::be_carried(WantedMesh& wanted, const route::Carried& by) const {
  if (!by.first) return;
  wanted.carrier = crypto::IdentityKey{*by.first};
  const addr::Prefix mesh = addr::mesh_prefix(id());
  std::erase_if(wanted.peers, [&](WantedPeer& peer) {
    const bool first = peer.identity.bytes == *by.first;
    const bool second = by.second && peer.identity.bytes == *by.second;
    if (first) peer.prefixes.insert(mesh);
    peer.stands_by = second;
    peer.sources.insert(mesh);
    if (!first && !second) wanted.refused.insert(peer.key);
    return !first && !second;
  });
}

}  // namespace smeg::node
