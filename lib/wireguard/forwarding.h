// What a worker needs in order to move packets: an immutable picture of the device.
#pragma once

#include <memory>

#include "wireguard/keypair.h"
#include "wireguard/peer_activity.h"
#include "wireguard/snapshot_map.h"

namespace smeg::wireguard {

using AllowedIpTrie = addr::PrefixSnapshot<PeerId>;

// One peer as a worker sees it.
struct ForwardingPeer {
  PeerId id;
  std::shared_ptr<PeerPath> path;          // never null
  KeypairPtr current;                      // null: no session
  KeypairPtr next;                         // null, or one of which the peer hasn't yet shown that it has it
  std::shared_ptr<PeerActivity> activity;  // never null

  // The session to send with. The next one takes over as soon as a message has come on it, without the control thread:
  // a peer that has begun anew doesn't know the one before.
  Keypair* sending() const { return next && next->confirmed() ? next.get() : current.get(); }
};

// Made by Device, adopted whole by each worker between two batches (after it has received the batch, before it
// processes it), dropped before it waits. Const for everybody; the pointers in it lead to what is safe to share.
struct ForwardingTable {
  std::shared_ptr<const AllowedIpTrie> allowed_ips = std::make_shared<const AllowedIpTrie>();
  SnapshotMap<ForwardingPeer> peers;  // by PeerId
  SnapshotMap<KeypairPtr> receiving;  // by local index

  // The peer that an inner address belongs to; null where there is none.
  const ForwardingPeer* peer_for(const addr::IpAddress& address) const {
    const PeerId* id = allowed_ips->find(address);
    return id ? peers.find(id->value) : nullptr;
  }
};
using ForwardingTablePtr = std::shared_ptr<const ForwardingTable>;

}  // namespace smeg::wireguard
