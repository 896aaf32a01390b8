#include "io/udp.h"

#include <netinet/udp.h>

#include <cerrno>

#include "io/sockaddr.h"

namespace smeg::io {
namespace {

using internal::ControlBuffer;
using internal::SendControl;
using internal::SocketAddress;

constexpr int kPortAttempts = 64;  // to find a port that is free in both families
// Room for bursts: a default of some 90 packets overflows while a worker is scheduled out.
constexpr int kReceiveBufferBytes = 4 * 1'024 * 1'024;
constexpr int kSendBufferBytes = 2 * 1'024 * 1'024;

bool set_option(const Descriptor& socket, int level, int option, int value) {
  return setsockopt(socket.get(), level, option, &value, sizeof(value)) == 0;
}

// Beyond the host's limit where we may, else up to it. How large a buffer gets is no reason to fail.
void set_buffer(const Descriptor& socket, int forced, int plain, int bytes) {
  if (!set_option(socket, SOL_SOCKET, forced, bytes)) set_option(socket, SOL_SOCKET, plain, bytes);
}

bool set_options(const Descriptor& socket, Family family, std::uint32_t mark) {
  set_buffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBufferBytes);
  set_buffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, kSendBufferBytes);
  set_option(socket, SOL_UDP, UDP_GRO, 1);  // older kernels hand over one by one
  if (mark != 0 && !set_option(socket, SOL_SOCKET, SO_MARK, static_cast<int>(mark))) return false;
  if (family == Family::v4) {
    return set_option(socket, IPPROTO_IP, IP_PKTINFO, 1) && set_option(socket, IPPROTO_IP, IP_RECVTOS, 1) &&
           set_option(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
  }
  return set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
         set_option(socket, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
}

// Sets port to what was bound. The error is an errno.
tl::expected<Descriptor, int> open_one(Family family, std::uint16_t& port, std::uint32_t mark) {
  Descriptor socket(::socket(family == Family::v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || !set_options(socket, family, mark)) return tl::unexpected(errno);
  const addr::IpAddress any = family == Family::v4 ? addr::IpAddress::v4({}) : addr::IpAddress::v6({});
  SocketAddress address;
  internal::to_socket_address({any, port}, 0, address);
  if (bind(socket.get(), &address.any, address.size) < 0) return tl::unexpected(errno);
  if (getsockname(socket.get(), &address.any, &address.size) < 0) return tl::unexpected(errno);
  port = internal::to_endpoint(address).port;
  return socket;
}

bool is_absent(int error_number) { return error_number == EAFNOSUPPORT || error_number == EPROTONOSUPPORT; }

Error open_error(std::uint16_t port, int error_number) {
  std::string hint;
  if (error_number == EADDRINUSE) hint = "another program has the port; choose another listen port, or 0 for any";
  if (error_number == EPERM || error_number == EACCES) hint = "a mark and ports below 1024 need privilege";
  return os_error("can't open UDP port " + std::to_string(port), error_number, std::move(hint));
}

bool send_once(int fd, ByteView datagram, const UdpPath& path, const SendControl& control) {
  SocketAddress to;
  internal::to_socket_address(path.remote, path.interface, to);
  ControlBuffer buffer;
  iovec piece{const_cast<std::uint8_t*>(datagram.data()), datagram.size()};
  msghdr header{};
  header.msg_name = &to.any;
  header.msg_namelen = to.size;
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_controllen = internal::store_control(path, control, buffer);
  if (header.msg_controllen > 0) header.msg_control = buffer.bytes.data();
  ssize_t sent = -1;
  do {
    sent = sendmsg(fd, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

}  // namespace

Result<UdpSockets> UdpSockets::open(std::uint16_t port, std::uint32_t mark) {
  int error_number = 0;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    std::uint16_t bound = port;
    auto v4 = open_one(Family::v4, bound, mark);
    if (!v4 && !is_absent(v4.error())) return fail(open_error(port, v4.error()));
    auto v6 = open_one(Family::v6, bound, mark);
    if (v4 || v6) {
      const bool usable = v6.has_value() || is_absent(v6.error());
      if (usable) return UdpSockets(v4 ? std::move(*v4) : Descriptor(), v6 ? std::move(*v6) : Descriptor(), bound);
    }
    error_number = v6.error();
    if (port != 0 || error_number != EADDRINUSE) break;
  }
  return fail(open_error(port, error_number));
}

Result<void> UdpSockets::set_mark(std::uint32_t mark) const {
  for (const Descriptor& socket : sockets_) {
    if (socket && !set_option(socket, SOL_SOCKET, SO_MARK, static_cast<int>(mark))) {
      return fail(os_error("can't mark the UDP socket", errno, "a mark needs CAP_NET_ADMIN"));
    }
  }
  return {};
}

Sent UdpSockets::send(ByteView datagram, const UdpPath& path, std::uint8_t traffic_class) const {
  const int fd = descriptor(family_of(path.remote.address));
  if (fd < 0) return Sent::failed;
  SendControl control{.traffic_class = traffic_class};
  if (send_once(fd, datagram, path, control)) return Sent::done;
  if (errno == EAGAIN) return Sent::blocked;
  if (!internal::has_local(path) || !internal::blames_local(errno)) return Sent::failed;
  control.with_local = false;
  return send_once(fd, datagram, path, control) ? Sent::without_local : Sent::failed;
}

}  // namespace smeg::io
