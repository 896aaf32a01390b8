// The kernel's form of endpoints, and the control messages that go with a datagram. For the .cc files of this module.
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

// Room for the control messages of one datagram: local address, traffic class, and the size of the segments that it is
// cut into (UDP_SEGMENT) or was put together from (UDP_GRO).
struct alignas(cmsghdr) ControlBuffer {
  static constexpr std::size_t kBytes = CMSG_SPACE(sizeof(in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int));
  std::array<std::uint8_t, kBytes> bytes;
};

struct SendControl {
  std::uint8_t traffic_class = 0;
  std::uint16_t segment_bytes = 0;  // 0: one datagram
  bool with_local = true;
};
// Writes what is needed and returns its length.
std::size_t store_control(const UdpPath& path, const SendControl& control, ControlBuffer& out);
bool has_local(const UdpPath& path);

struct ReceiveControl {
  std::optional<addr::IpAddress> local;
  std::uint32_t interface = 0;
  std::uint8_t traffic_class = 0;
  std::size_t segment_bytes = 0;  // 0: one datagram
};
ReceiveControl load_control(const msghdr& header);
// The last member alone.
std::size_t load_segment_bytes(const msghdr& header);

// Whether an error of a send may come from the local address of its path.
bool blames_local(int error_number);

}  // namespace smeg::io::internal
