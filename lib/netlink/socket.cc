#include "netlink/socket.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

#include "netlink/fd.h"

namespace smeg::netlink {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReceiveBuffer = 64 * 1'024;  // the kernel fills at most 32 KiB of a dump at once
constexpr int kNewsBuffer = 1'024 * 1'024;          // bytes that may wait in the kernel
constexpr unsigned kRouteGroups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                     RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV6_RULE,
                                     RTNLGRP_TC,         RTNLGRP_IPV6_NETCONF};
constexpr unsigned kFilterGroups[] = {NFNLGRP_NFTABLES};

int bus_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::route: return NETLINK_ROUTE;
    case Protocol::generic: return NETLINK_GENERIC;
    case Protocol::netfilter: return NETLINK_NETFILTER;
  }
  return NETLINK_ROUTE;
}

std::span<const unsigned> groups_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::route: return kRouteGroups;
    case Protocol::generic: return {};
    case Protocol::netfilter: return kFilterGroups;
  }
  return {};
}

Result<std::vector<Message>> decode_by(Protocol protocol, ByteView datagram) {
  switch (protocol) {
    case Protocol::route: return decode(datagram);
    case Protocol::generic: return decode_generic(datagram);
    case Protocol::netfilter: return decode_netfilter(datagram);
  }
  return std::vector<Message>{};
}

tl::unexpected<Error> system_error(const std::string& what) { return fail(to_error(Ack{errno, {}}, what)); }

Result<SocketHandle> open_socket(Protocol protocol, int flags) {
  SocketHandle socket(mnl_socket_open2(bus_of(protocol), SOCK_CLOEXEC | flags));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return system_error("open a netlink socket");
  }
  return socket;
}

// Options that older kernels lack; without them answers have less text, and dumps more in them.
void ask_for(mnl_socket* socket, int option) {
  int on = 1;
  (void)mnl_socket_setsockopt(socket, option, &on, sizeof on);
}

// One datagram, which must be the kernel's own (port 0) and whole. An empty view: not ours to read. Fails with
// unavailable where none is there.
Result<ByteView> receive_datagram(mnl_socket* socket, Bytes& buffer, const std::string& what) {
  sockaddr_nl from{};
  iovec piece{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_name = &from;
  header.msg_namelen = sizeof from;
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  const ssize_t size = recvmsg(mnl_socket_get_fd(socket), &header, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return fail(Code::unavailable, "nothing to read");
  if (size < 0) return system_error(what);
  if ((header.msg_flags & MSG_TRUNC) != 0) {
    return fail(Code::too_large, "cannot " + what + ": the kernel's answer is longer than any buffer of ours");
  }
  if (from.nl_pid != 0) return ByteView{};
  return ByteView(buffer).first(static_cast<std::size_t>(size));
}

}  // namespace

void CloseSocket::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

RequestSocket::RequestSocket(SocketHandle socket, Protocol protocol, std::chrono::milliseconds timeout)
    : socket_(std::move(socket)), protocol_(protocol), timeout_(timeout), buffer_(kReceiveBuffer) {}

Result<RequestSocket> RequestSocket::open(Protocol protocol, std::chrono::milliseconds timeout) {
  auto socket = open_socket(protocol, 0);
  if (!socket) return fail(socket.error());
  ask_for(socket->get(), NETLINK_EXT_ACK);
  ask_for(socket->get(), NETLINK_CAP_ACK);
  ask_for(socket->get(), NETLINK_GET_STRICT_CHK);
  return RequestSocket(std::move(*socket), protocol, timeout);
}

std::uint32_t RequestSocket::port() const { return mnl_socket_get_portid(socket_.get()); }

Result<std::uint32_t> RequestSocket::send(Bytes request, const std::string& what) {
  auto* header = reinterpret_cast<nlmsghdr*>(request.data());
  header->nlmsg_seq = ++sequence_;
  const ssize_t sent = mnl_socket_sendto(socket_.get(), request.data(), request.size());
  const int error_number = errno;
  crypto::wipe(request);
  if (sent < 0) return fail(to_error(Ack{error_number, {}}, what));
  return sequence_;
}

Result<std::vector<Message>> RequestSocket::receive(Clock::time_point deadline, const std::string& what) {
  while (true) {
    if (!wait_for(mnl_socket_get_fd(socket_.get()), POLLIN, deadline)) {
      return fail(Code::unavailable, "cannot " + what + ": the kernel gives no answer");
    }
    const auto datagram = receive_datagram(socket_.get(), buffer_, what);
    if (!datagram && datagram.error().code != Code::unavailable) return fail(datagram.error());
    if (!datagram || datagram->empty()) continue;
    auto messages = decode_by(protocol_, *datagram);
    crypto::wipe(MutableByteView(buffer_).first(datagram->size()));
    return messages;
  }
}

Result<void> RequestSocket::change(Bytes request, const std::string& what) {
  const auto sequence = send(std::move(request), what);
  if (!sequence) return fail(sequence.error());
  const auto deadline = Clock::now() + timeout_;
  while (true) {
    const auto messages = receive(deadline, what);
    if (!messages) return fail(messages.error());
    for (const Message& message : *messages) {
      const auto* ack = std::get_if<Ack>(&message.body);
      if (message.sequence != *sequence || !ack) continue;
      if (ack->error_number != 0) return fail(to_error(*ack, what));
      return {};
    }
  }
}

Result<Message> RequestSocket::get(Bytes request, const std::string& what) {
  const auto sequence = send(std::move(request), what);
  if (!sequence) return fail(sequence.error());
  const auto deadline = Clock::now() + timeout_;
  while (true) {
    const auto messages = receive(deadline, what);
    if (!messages) return fail(messages.error());
    for (const Message& message : *messages) {
      if (message.sequence != *sequence) continue;
      if (const auto* ack = std::get_if<Ack>(&message.body)) return fail(to_error(*ack, what));
      return message;
    }
  }
}

Result<RequestSocket::Pass> RequestSocket::dump_once(Bytes request, const std::string& what,
                                                     const std::function<void(Message&)>& visit) {
  const auto sequence = send(std::move(request), what);
  if (!sequence) return fail(sequence.error());
  Pass pass = Pass::whole;
  for (std::size_t seen = 0; seen < limits::kNetlinkMessages;) {
    auto messages = receive(Clock::now() + timeout_, what);
    if (!messages) return fail(messages.error());
    for (Message& message : *messages) {
      if (message.sequence != *sequence) continue;
      if (message.interrupted) pass = Pass::interrupted;
      const auto* done = std::get_if<Done>(&message.body);
      const auto* ack = done ? &done->ack : std::get_if<Ack>(&message.body);
      if (ack && ack->error_number != 0) return fail(to_error(*ack, what));
      if (ack) return pass;
      visit(message);
      ++seen;
    }
  }
  return fail(Code::too_large,
              "cannot " + what + ": the answer has more than " + std::to_string(limits::kNetlinkMessages) + " entries");
}

Result<void> RequestSocket::dump(const Bytes& request, const std::string& what, const std::function<void()>& start,
                                 const std::function<void(Message&)>& visit) {
  for (unsigned round = 0; round < limits::kDumpRetries; ++round) {
    start();
    const auto pass = dump_once(request, what, visit);
    if (!pass) return fail(pass.error());
    if (*pass == Pass::whole) return {};
  }
  return fail(Code::unavailable, "cannot " + what + ": it changes faster than it can be read");
}

NewsSocket::NewsSocket(SocketHandle socket, Protocol protocol)
    : socket_(std::move(socket)), protocol_(protocol), buffer_(kReceiveBuffer) {}

Result<NewsSocket> NewsSocket::open(Protocol protocol) {
  auto socket = open_socket(protocol, SOCK_NONBLOCK);
  if (!socket) return fail(socket.error());
  const int fd = mnl_socket_get_fd(socket->get());
  // The plain option stops at net.core.rmem_max; the forced one needs a privilege that we mostly have.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kNewsBuffer, sizeof kNewsBuffer) < 0) {
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kNewsBuffer, sizeof kNewsBuffer);
  }
  for (unsigned group : groups_of(protocol)) {
    if (mnl_socket_setsockopt(socket->get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
      return system_error("hear of changes to the network");
    }
  }
  return NewsSocket(std::move(*socket), protocol);
}

int NewsSocket::fd() const { return mnl_socket_get_fd(socket_.get()); }

bool NewsSocket::take(const std::function<void(const Message&)>& visit) {
  bool whole = true;
  for (std::size_t i = 0; i < limits::kNetlinkChangesPerCall; ++i) {
    const auto datagram = receive_datagram(socket_.get(), buffer_, "read changes to the network");
    if (!datagram && datagram.error().code == Code::unavailable) return whole;
    if (!datagram) {
      whole = false;  // ENOBUFS: the kernel dropped some, and goes on with the next
      continue;
    }
    const auto messages = decode_by(protocol_, *datagram);
    if (!messages) {
      whole = false;
      continue;
    }
    for (const Message& message : *messages) visit(message);
  }
  return whole;
}

}  // namespace smeg::netlink
