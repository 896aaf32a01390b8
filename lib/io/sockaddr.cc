#include "io/sockaddr.h"

#include <netinet/udp.h>

#include <cerrno>
#include <cstring>

namespace smeg::io::internal {
namespace {

// Appends control messages to a buffer that was made large enough for all of them.
class ControlWriter {
 public:
  explicit ControlWriter(ControlBuffer& out) : out_(out) {}

  template <class Value>
  void add(int level, int type, const Value& value) {
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(sizeof(Value));
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::uint8_t* at = out_.bytes.data() + size_;
    std::memset(at, 0, CMSG_SPACE(sizeof(Value)));
    std::memcpy(at, &header, sizeof(header));
    std::memcpy(at + CMSG_LEN(0), &value, sizeof(value));
    size_ += CMSG_SPACE(sizeof(Value));
  }
  std::size_t size() const { return size_; }

 private:
  ControlBuffer& out_;
  std::size_t size_ = 0;
};

template <std::size_t N, class Raw>
ByteArray<N> raw_bytes(const Raw& raw) {
  static_assert(sizeof(Raw) == N);
  ByteArray<N> out;
  std::memcpy(out.data(), &raw, N);
  return out;
}

template <class Value>
std::optional<Value> value_of(const cmsghdr& message) {
  if (message.cmsg_len < CMSG_LEN(sizeof(Value))) return std::nullopt;
  Value value;
  std::memcpy(&value, CMSG_DATA(&message), sizeof(value));
  return value;
}

template <class Visit>
void for_each_message(const msghdr& header, Visit visit) {
  auto& mutable_header = const_cast<msghdr&>(header);  // CMSG_NXTHDR wants it so; nothing is written
  for (cmsghdr* message = CMSG_FIRSTHDR(&mutable_header); message; message = CMSG_NXTHDR(&mutable_header, message)) {
    visit(*message);
  }
}

bool is(const cmsghdr& message, int level, int type) {
  return message.cmsg_level == level && message.cmsg_type == type;
}

void store_local(const UdpPath& path, ControlWriter& writer) {
  const ByteView local = path.local->view();
  // The interface stays open but for link-local addresses: the route decides, and may change.
  const std::uint32_t interface = path.remote.address.is_link_local() ? path.interface : 0;
  if (path.local->is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.data(), local.size());
    info.ipi_ifindex = static_cast<int>(interface);
    writer.add(IPPROTO_IP, IP_PKTINFO, info);
    return;
  }
  in6_pktinfo info{};
  std::memcpy(&info.ipi6_addr, local.data(), local.size());
  info.ipi6_ifindex = interface;
  writer.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
}

void load_message(const cmsghdr& message, ReceiveControl& out) {
  if (is(message, IPPROTO_IP, IP_PKTINFO)) {
    if (const auto info = value_of<in_pktinfo>(message)) {
      out.local = addr::IpAddress::v4(raw_bytes<4>(info->ipi_spec_dst));
      out.interface = static_cast<std::uint32_t>(info->ipi_ifindex);
    }
  } else if (is(message, IPPROTO_IPV6, IPV6_PKTINFO)) {
    if (const auto info = value_of<in6_pktinfo>(message)) {
      out.local = addr::IpAddress::v6(raw_bytes<16>(info->ipi6_addr));
      out.interface = info->ipi6_ifindex;
    }
  } else if (is(message, IPPROTO_IP, IP_TOS)) {
    out.traffic_class = value_of<std::uint8_t>(message).value_or(0);
  } else if (is(message, IPPROTO_IPV6, IPV6_TCLASS)) {
    out.traffic_class = static_cast<std::uint8_t>(value_of<int>(message).value_or(0));
  } else if (is(message, SOL_UDP, UDP_GRO)) {
    out.segment_bytes = static_cast<std::size_t>(std::max(value_of<int>(message).value_or(0), 0));
  }
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
  if (endpoint.address.is_link_local()) out.v6.sin6_scope_id = interface;
  out.size = sizeof(sockaddr_in6);
}

addr::Endpoint to_endpoint(const SocketAddress& from) {
  if (from.any.sa_family == AF_INET) {
    return {addr::IpAddress::v4(raw_bytes<4>(from.v4.sin_addr)), ntohs(from.v4.sin_port)};
  }
  return {addr::IpAddress::v6(raw_bytes<16>(from.v6.sin6_addr)), ntohs(from.v6.sin6_port)};
}

bool has_local(const UdpPath& path) { return path.local && path.local->is_v4() == path.remote.address.is_v4(); }

std::size_t store_control(const UdpPath& path, const SendControl& control, ControlBuffer& out) {
  ControlWriter writer(out);
  if (control.with_local && has_local(path)) store_local(path, writer);
  if (control.traffic_class != 0) {
    const int traffic_class = control.traffic_class;
    if (path.remote.address.is_v4()) {
      writer.add(IPPROTO_IP, IP_TOS, traffic_class);
    } else {
      writer.add(IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
    }
  }
  if (control.segment_bytes != 0) writer.add(SOL_UDP, UDP_SEGMENT, control.segment_bytes);
  return writer.size();
}

ReceiveControl load_control(const msghdr& header) {
  ReceiveControl control;
  for_each_message(header, [&](const cmsghdr& message) { load_message(message, control); });
  return control;
}

std::size_t load_segment_bytes(const msghdr& header) {
  std::size_t bytes = 0;
  for_each_message(header, [&](const cmsghdr& message) {
    if (is(message, SOL_UDP, UDP_GRO))
      bytes = static_cast<std::size_t>(std::max(value_of<int>(message).value_or(0), 0));
  });
  return bytes;
}

bool blames_local(int error_number) {
  return error_number == EINVAL || error_number == ENETUNREACH || error_number == EADDRNOTAVAIL ||
         error_number == EHOSTUNREACH || error_number == ENODEV;
}

}  // namespace smeg::io::internal
