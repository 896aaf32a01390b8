// Where a peer is, and from which of our own addresses it is reached.
#pragma once

#include "addr/addr.h"

namespace smeg::wireguard {

struct PeerTag {};
// A peer of a device; never used again for another one while the device lives.
using PeerId = StrongId<PeerTag>;

struct Path {
  addr::Endpoint remote;
  // The address that the peer's last authentic datagram came in on, so that an answer leaves from there ("sticky
  // source"); "::" where the kernel is to choose.
  addr::IpAddress source;
  std::uint32_t interface = 0;  // index of the interface of the source; 0 where the kernel is to choose

  void forget_source() {
    source = {};
    interface = 0;
  }
  friend bool operator==(const Path&, const Path&) = default;
};

}  // namespace smeg::wireguard
