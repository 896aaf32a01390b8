// The peers of a device, and when each wants to be looked at.
#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "wireguard/peer.h"

namespace smeg::wireguard {

// Control thread. Finds peers by id and by key, keeps their deadlines in order. Callers keep to
// limits::kWireguardPeers.
class PeerTable {
 public:
  explicit PeerTable(const Timing& timing) : timing_(timing) {}

  Peer* find(PeerId id);
  Peer* find(const crypto::WgPublicKey& key);
  Peer& add(const crypto::WgPublicKey& key);
  void erase(PeerId id);
  std::size_t size() const { return peers_.size(); }

  // In the order they were added. visit(Peer&); it must not add or erase.
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [id, peer] : peers_) visit(peer);
  }

  // To be called after anything that may have moved a deadline of the peer.
  void reschedule(Peer& peer);
  Instant next_deadline() const { return schedule_.empty() ? kNever : schedule_.begin()->first; }
  // The peer whose deadline is the earliest, if that is due.
  Peer* due(Instant now);
  StagingBudget& budget() { return budget_; }

 private:
  const Timing timing_;
  StagingBudget budget_;
  PeerId last_id_;
  std::map<PeerId, Peer> peers_;
  std::unordered_map<crypto::WgPublicKey, PeerId> by_key_;
  std::set<std::pair<Instant, PeerId>> schedule_;
};

}  // namespace smeg::wireguard
