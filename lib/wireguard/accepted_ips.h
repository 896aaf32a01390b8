// From where packets are taken of one peer, beside its allowed-ips.
#pragma once

#include <set>
#include <vector>

#include "wireguard/forwarding.h"

namespace smeg::wireguard {

// The control thread's side. Unlike an allowed-ip such a prefix may be any number of peers', and nothing is sent by it.
// Callers keep to limits::kAllowedIps, together with the allowed-ips.
class AcceptedIps {
 public:
  void add(const addr::Prefix& prefix);
  void remove(const addr::Prefix& prefix);
  void clear();

  // In order.
  std::vector<addr::Prefix> list() const;
  std::size_t size() const { return trie_.size(); }
  // A new one where something changed since the last call; null where there are none.
  std::shared_ptr<const AcceptedIpTrie> trie();

 private:
  addr::PrefixTrie<AcceptedIp> trie_;
  std::shared_ptr<const AcceptedIpTrie> snapshot_;  // the last one; null: out of date, or there are none
};

}  // namespace smeg::wireguard
