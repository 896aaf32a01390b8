// The UDP sockets of a tunnel's outer side: IPv4 and IPv6 on one port, and the way each datagram goes.
#pragma once

#include <array>
#include <optional>

#include "addr/addr.h"
#include "io/descriptor.h"

namespace smeg::io {

// Between whom a datagram goes. local is the address of this host that it came to; sending with it keeps the source
// address that the other side (and every NAT between) knows, whatever the routing table would choose.
struct UdpPath {
  addr::Endpoint remote;
  std::optional<addr::IpAddress> local;  // nothing: the kernel chooses
  std::uint32_t interface = 0;           // index; used with link-local addresses alone

  friend bool operator==(const UdpPath&, const UdpPath&) = default;
};

enum class Family : std::uint8_t { v4, v6 };
inline Family family_of(const addr::IpAddress& address) { return address.is_v4() ? Family::v4 : Family::v6; }

// What became of a datagram that was sent.
enum class Sent {
  done,
  without_local,  // sent, but only after the local address of its path was given up: it is not this host's any more,
                  // or can't reach there. Forget it.
  blocked,        // no room in the socket; wait with poll
  failed,         // not sent: no route, too long, filtered
};

// A socket for each family that the host has, non-blocking, bound to all addresses on the same port. Immutable once
// opened, apart from the mark; any thread may send and receive, at the same time. Fails by results.
//
// IPv4 datagrams go without DF and may be fragmented on their way; IPv6 ones are fragmented here to what
// Packet-Too-Big messages have told: no path is a black hole for want of MTU.
class UdpSockets {
 public:
  // port 0 takes one that is free in both families. mark 0: none. One family may be absent, but not both.
  static Result<UdpSockets> open(std::uint16_t port, std::uint32_t mark);

  std::uint16_t port() const { return port_; }
  // -1 where the host lacks the family.
  int descriptor(Family family) const { return sockets_[static_cast<std::size_t>(family)].get(); }
  // SO_MARK of both. Needs CAP_NET_ADMIN.
  Result<void> set_mark(std::uint32_t mark) const;

  // One datagram; traffic_class is that of the IP header (DSCP and ECN).
  Sent send(ByteView datagram, const UdpPath& path, std::uint8_t traffic_class) const;

 private:
  UdpSockets(Descriptor v4, Descriptor v6, std::uint16_t port) : sockets_{std::move(v4), std::move(v6)}, port_(port) {}

  std::array<Descriptor, 2> sockets_;
  std::uint16_t port_ = 0;
};

}  // namespace smeg::io
