// The kernel's form of endpoints and of the addresses of a datagram. For the .cc files of this module.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "io/udp.h"

namespace smeg::io::internal {

// Room for the address of either family.
struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t size = sizeof(sockaddr_in6);
  SocketAddress() : v6{} {}
};

// interface is the scope of a link-local address.
void to_socket_address(const addr::Endpoint& endpoint, std::uint32_t interface, SocketAddress& out);
addr::Endpoint to_endpoint(const SocketAddress& from);

// Room for one IP_PKTINFO or IPV6_PKTINFO message.
struct alignas(cmsghdr) PacketInfo {
  static constexpr std::size_t kBytes = CMSG_SPACE(sizeof(in6_pktinfo));
  std::array<std::uint8_t, kBytes> bytes;
};

// Writes the local address of a path as a control message; its length, 0 where the path has none.
std::size_t store_packet_info(const UdpPath& path, PacketInfo& out);
// Reads local address and interface of a received datagram.
void load_packet_info(const msghdr& header, UdpPath& path);

// Whether an error of a send may come from the local address of its path.
bool blames_local(int error_number);

}  // namespace smeg::io::internal
