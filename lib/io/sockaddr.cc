#include "io/sockaddr.h"

#include <cerrno>
#include <cstring>

namespace smeg::io::internal {
namespace {

template <class Info>
std::size_t store_message(int level, int type, const Info& info, PacketInfo& out) {
  static_assert(CMSG_SPACE(sizeof(Info)) <= PacketInfo::kBytes);
  out.bytes.fill(0);
  cmsghdr header{};
  header.cmsg_len = CMSG_LEN(sizeof(Info));
  header.cmsg_level = level;
  header.cmsg_type = type;
  std::memcpy(out.bytes.data(), &header, sizeof(header));
  std::memcpy(out.bytes.data() + CMSG_LEN(0), &info, sizeof(info));
  return CMSG_SPACE(sizeof(Info));
}

template <std::size_t N, class Raw>
ByteArray<N> raw_bytes(const Raw& raw) {
  static_assert(sizeof(Raw) == N);
  ByteArray<N> out;
  std::memcpy(out.data(), &raw, N);
  return out;
}

bool is_link_local(const addr::Endpoint& endpoint) {
  return endpoint.address.is_link_local();
}

}  // namespace

void to_socket_address(const addr::Endpoint& endpoint, std::uint32_t interface, SocketAddress& out) {
  const ByteView address = endpoint.address.view();
  if (endpoint.address.is_v4()) {
    out.v4 = {};
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(endpoint.port);
    std::memcpy(&out.v4.sin_addr, address.data(), address.size());
    out.size = sizeof(sockaddr_in);
    return;
  }
  out.v6 = {};
  out.v6.sin6_family = AF_INET6;
  out.v6.sin6_port = htons(endpoint.port);
  std::memcpy(&out.v6.sin6_addr, address.data(), address.size());
  if (is_link_local(endpoint)) out.v6.sin6_scope_id = interface;
  out.size = sizeof(sockaddr_in6);
}

addr::Endpoint to_endpoint(const SocketAddress& from) {
  if (from.any.sa_family == AF_INET) {
    return {addr::IpAddress::v4(raw_bytes<4>(from.v4.sin_addr)), ntohs(from.v4.sin_port)};
  }
  return {addr::IpAddress::v6(raw_bytes<16>(from.v6.sin6_addr)), ntohs(from.v6.sin6_port)};
}

std::size_t store_packet_info(const UdpPath& path, PacketInfo& out) {
  if (!path.local || path.local->is_v4() != path.remote.address.is_v4()) return 0;
  const ByteView local = path.local->view();
  // The interface stays open but for link-local addresses: the route decides, and may change.
  const std::uint32_t interface = is_link_local(path.remote) ? path.interface : 0;
  if (path.local->is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.data(), local.size());
    info.ipi_ifindex = static_cast<int>(interface);
    return store_message(IPPROTO_IP, IP_PKTINFO, info, out);
  }
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, local.data(), local.size());
  info.ipi6_ifindex = interface;
  return store_message(IPPROTO_IPV6, IPV6_PKTINFO, info, out);
}

void load_packet_info(const msghdr& header, UdpPath& path) {
  for (const cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr;
       message = CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(message))) {
    if (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO &&
        message->cmsg_len >= CMSG_LEN(sizeof(in_pktinfo))) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(message), sizeof(info));
      path.local = addr::IpAddress::v4(raw_bytes<4>(info.ipi_spec_dst));
      path.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
    }
    if (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_PKTINFO &&
        message->cmsg_len >= CMSG_LEN(sizeof(in6_pktinfo))) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(message), sizeof(info));
      path.local = addr::IpAddress::v6(raw_bytes<16>(info.ipi6_addr));
      path.interface = info.ipi6_ifindex;
    }
  }
}

bool blames_local(int error_number) {
  return error_number == EINVAL || error_number == ENETUNREACH || error_number == EADDRNOTAVAIL ||
         error_number == EHOSTUNREACH || error_number == ENODEV;
}

}  // namespace smeg::io::internal
