// What a worker needs in order to move packets: an immutable picture of the device.
#pragma once

#include <memory>

#include "wireguard/keypair.h"
#include "wireguard/peer_activity.h"
#include "wireguard/snapshot_map.h"

namespace smeg::wireguard {

// Whose a prefix is, and how long it is.
struct AllowedIp {
  PeerId peer;
  unsigned length = 0;
};
using AllowedIpTrie = addr::PrefixSnapshot<AllowedIp>;
// A prefix from which packets are taken of a peer, beside its allowed-ips: how long it is.
struct AcceptedIp {
  unsigned length = 0;
};
using AcceptedIpTrie = addr::PrefixSnapshot<AcceptedIp>;

// One peer as a worker sees it.
struct ForwardingPeer {
  PeerId id;
  std::shared_ptr<PeerPath> path;          // never null
  KeypairPtr current;                      // null: no session
  KeypairPtr next;                         // null, or one of which the peer hasn't yet shown that it has it
  std::shared_ptr<PeerActivity> activity;  // never null
  std::shared_ptr<const AcceptedIpTrie> accepted_ips = {};  // null: none

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
    const AllowedIp* found = allowed_ips->find(address);
    return found ? peers.find(found->peer.value) : nullptr;
  }

  // Whether a packet with that source may come from the peer: where the allowed-ips lead to it, or where it has an
  // accepted prefix that no longer one of another's allowed-ips stands against.
  bool takes_from(const ForwardingPeer& peer, const addr::IpAddress& source) const {
    const AllowedIp* owner = allowed_ips->find(source);
    if (owner && owner->peer == peer.id) return true;
    if (!peer.accepted_ips) return false;
    const AcceptedIp* accepted = peer.accepted_ips->find(source);
    return accepted && (!owner || owner->length <= accepted->length);
  }
};
using ForwardingTablePtr = std::shared_ptr<const ForwardingTable>;

}  // namespace smeg::wireguard
