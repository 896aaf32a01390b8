#include "wireguard/allowed_ips.h"

namespace smeg::wireguard {

void AllowedIps::give(const addr::Prefix& prefix, PeerId peer) {
  const auto [at, fresh] = owners_.try_emplace(prefix, peer);
  if (!fresh) {
    if (at->second == peer) return;
    by_peer_[at->second].erase(prefix);
    at->second = peer;
  }
  by_peer_[peer].insert(prefix);
  editor_.set(prefix, peer);
  trie_ = nullptr;
}

void AllowedIps::take(const addr::Prefix& prefix, PeerId peer) {
  const auto at = owners_.find(prefix);
  if (at == owners_.end() || at->second != peer) return;
  owners_.erase(at);
  by_peer_[peer].erase(prefix);
  editor_.erase(prefix);
  trie_ = nullptr;
}

void AllowedIps::take_all(PeerId peer) {
  const auto at = by_peer_.find(peer);
  if (at == by_peer_.end()) return;
  for (const addr::Prefix& prefix : at->second) {
    owners_.erase(prefix);
    editor_.erase(prefix);
  }
  by_peer_.erase(at);
  trie_ = nullptr;
}

std::vector<addr::Prefix> AllowedIps::of(PeerId peer) const {
  const auto at = by_peer_.find(peer);
  if (at == by_peer_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::shared_ptr<const AllowedIpTrie> AllowedIps::trie() {
  if (!trie_) trie_ = editor_.snapshot();
  return trie_;
}

}  // namespace smeg::wireguard
