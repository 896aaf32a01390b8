// Which peer each inner address belongs to.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "wireguard/forwarding.h"

namespace smeg::wireguard {

// The control thread's side of allowed-ips: a prefix has one owner, and goes to whoever claimed it last. Workers get
// snapshots of a trie that is kept beside it. Callers keep to limits::kAllowedIps.
class AllowedIps {
 public:
  // Takes the prefix away from any other peer.
  void give(const addr::Prefix& prefix, PeerId peer);
  // Does nothing where it isn't that peer's.
  void take(const addr::Prefix& prefix, PeerId peer);
  void take_all(PeerId peer);

  // In order.
  std::vector<addr::Prefix> of(PeerId peer) const;
  std::size_t size() const { return trie_.size(); }
  // A new one where something changed since the last call.
  std::shared_ptr<const AllowedIpTrie> trie();

 private:
  std::unordered_map<PeerId, std::set<addr::Prefix>> by_peer_;
  addr::PrefixTrie<AllowedIp> trie_;
  std::shared_ptr<const AllowedIpTrie> snapshot_;  // the last one; null: out of date
};

}  // namespace smeg::wireguard
