// The forwarding table while it changes.
#pragma once

#include "wireguard/allowed_ips.h"
#include "wireguard/peer.h"

namespace smeg::wireguard {

// Control thread. Follows peers and sessions, and gives out a new immutable table where something changed.
class ForwardingBuilder {
 public:
  AllowedIps& allowed_ips() { return allowed_ips_; }
  const AllowedIps& allowed_ips() const { return allowed_ips_; }

  // To be called for a new peer, and after a change of its sessions or accepted-ips.
  void update(Peer& peer);
  void remove(const Peer& peer);
  // The session with that local index, if there is one.
  const Keypair* session(std::uint32_t local_index) const;

  // The newest table; the same one as last time where nothing changed.
  ForwardingTablePtr table();

 private:
  void set_receiving(const Peer& peer, const std::array<KeypairPtr, 3>& sessions);

  AllowedIps allowed_ips_;
  ForwardingTable draft_;
  std::unordered_map<PeerId, std::array<std::uint32_t, 3>> indexes_;  // of each peer's sessions in the draft; 0: none
  ForwardingTablePtr table_ = std::make_shared<const ForwardingTable>();
  bool changed_ = false;
};

}  // namespace smeg::wireguard
