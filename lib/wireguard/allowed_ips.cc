#include "wireguard/allowed_ips.h"

namespace smeg::wireguard {

void AllowedIps::give(const addr::Prefix& prefix, PeerId peer) {
  if (const AllowedIp* known = trie_.find_exact(prefix)) {
    if (known->peer == peer) return;
    by_peer_[known->peer].erase(prefix);
  }
  by_peer_[peer].insert(prefix);
  trie_.set(prefix, AllowedIp{peer, prefix.length()});
  snapshot_ = nullptr;
}

void AllowedIps::take(const addr::Prefix& prefix, PeerId peer) {
  const AllowedIp* known = trie_.find_exact(prefix);
  if (!known || known->peer != peer) return;
  trie_.erase(prefix);
  by_peer_[peer].erase(prefix);
  snapshot_ = nullptr;
}

void AllowedIps::take_all(PeerId peer) {
  const auto at = by_peer_.find(peer);
  if (at == by_peer_.end()) return;
  for (const addr::Prefix& prefix : at->second) trie_.erase(prefix);
  by_peer_.erase(at);
  snapshot_ = nullptr;
}

std::vector<addr::Prefix> AllowedIps::of(PeerId peer) const {
  const auto at = by_peer_.find(peer);
  if (at == by_peer_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::shared_ptr<const AllowedIpTrie> AllowedIps::trie() {
  if (!snapshot_) snapshot_ = std::make_shared<const AllowedIpTrie>(trie_.snapshot());
  return snapshot_;
}

}  // namespace smeg::wireguard
