#include "wireguard/peer_table.h"

namespace smeg::wireguard {

Peer* PeerTable::find(PeerId id) {
  const auto at = peers_.find(id);
  return at == peers_.end() ? nullptr : &at->second;
}

Peer* PeerTable::find(const crypto::WgPublicKey& key) {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : find(at->second);
}

Peer& PeerTable::add(const crypto::WgPublicKey& key) {
  ++last_id_.value;
  by_key_.emplace(key, last_id_);
  return peers_.try_emplace(last_id_, last_id_, key, budget_, timing_).first->second;
}

void PeerTable::erase(PeerId id) {
  const auto at = peers_.find(id);
  if (at == peers_.end()) return;
  schedule_.erase({at->second.scheduled, id});
  by_key_.erase(at->second.public_key);
  peers_.erase(at);
}

void PeerTable::reschedule(Peer& peer) {
  const Instant deadline = peer.timers.next_deadline();
  if (deadline == peer.scheduled) return;
  schedule_.erase({peer.scheduled, peer.id});
  peer.scheduled = deadline;
  if (deadline != kNever) schedule_.insert({deadline, peer.id});
}

Peer* PeerTable::due(Instant now) { return next_deadline() <= now ? find(schedule_.begin()->second) : nullptr; }

}  // namespace smeg::wireguard
