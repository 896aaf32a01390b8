#include "io/route.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "io/rtnetlink.h"

namespace smeg::io {
namespace {

constexpr int kDatagramsAtOnce = 256;
// Answers to earlier questions that nobody took; there are none in practice.
constexpr int kAnswersPassedOver = 16;

Result<Descriptor> open_routing(std::uint32_t groups) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket) return fail(os_error("can't open a netlink socket", errno));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) {
    return fail(os_error("can't talk to the kernel's routing", errno));
  }
  return socket;
}

// A request: header and fixed part, then attributes.
class RouteQuestion {
 public:
  RouteQuestion(const UdpPath& path, std::uint16_t port, std::uint32_t mark, std::uint32_t sequence) {
    const addr::IpAddress& remote = path.remote.address;
    rtmsg route{};
    route.rtm_family = remote.is_v4() ? AF_INET : AF_INET6;
    route.rtm_dst_len = static_cast<std::uint8_t>(remote.bits());
    route.rtm_src_len = path.local ? static_cast<std::uint8_t>(path.local->bits()) : std::uint8_t{0};
    bytes_.resize(sizeof(nlmsghdr));
    append(as_raw(route));
    attribute(RTA_DST, remote.view());
    if (path.local) attribute(RTA_SRC, path.local->view());
    attribute(RTA_MARK, as_raw(mark));
    // Rules may go by these too.
    attribute(RTA_IP_PROTO, as_raw(std::uint8_t{IPPROTO_UDP}));
    attribute(RTA_SPORT, as_raw(htons(port)));
    attribute(RTA_DPORT, as_raw(htons(path.remote.port)));
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    header.nlmsg_type = RTM_GETROUTE;
    header.nlmsg_flags = NLM_F_REQUEST;
    header.nlmsg_seq = sequence;
    std::memcpy(bytes_.data(), &header, sizeof(header));
  }

  ByteView bytes() const { return bytes_; }

 private:
  template <class T>
  static ByteArray<sizeof(T)> as_raw(const T& value) {
    ByteArray<sizeof(T)> out;
    std::memcpy(out.data(), &value, sizeof(T));
    return out;
  }
  void append(ByteView part) {
    bytes_.insert(bytes_.end(), part.begin(), part.end());
    bytes_.resize(internal::aligned(bytes_.size()));
  }
  void attribute(std::uint16_t type, ByteView value) {
    append(as_raw(rtattr{static_cast<std::uint16_t>(sizeof(rtattr) + value.size()), type}));
    append(value);
  }

  Bytes bytes_;
};

}  // namespace

std::optional<std::uint32_t> parse_route_answer(ByteView datagram, std::uint32_t sequence) {
  std::optional<std::uint32_t> answer;
  internal::for_each_message(datagram, [&](const nlmsghdr& header, ByteView body) {
    if (header.nlmsg_seq != sequence || answer) return;
    if (header.nlmsg_type == NLMSG_ERROR) answer = 0;
    if (header.nlmsg_type == RTM_NEWROUTE)
      answer = internal::number_in(internal::behind<rtmsg>(body), RTA_OIF).value_or(0);
  });
  return answer;
}

Result<Routes> Routes::open() {
  return open_routing(0).map([](Descriptor socket) { return Routes(std::move(socket)); });
}

Result<std::optional<std::uint32_t>> Routes::interface_for(const UdpPath& path, std::uint16_t port,
                                                           std::uint32_t mark) {
  const RouteQuestion question(path, port, mark, ++sequence_);
  if (send(socket_.get(), question.bytes().data(), question.bytes().size(), 0) < 0) {
    return fail(os_error("can't ask for a route", errno));
  }
  std::array<std::uint8_t, internal::kRtnetlinkBytes> buffer;
  for (int passed_over = 0; passed_over < kAnswersPassedOver; ++passed_over) {
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(os_error("can't hear of a route", errno));
    const auto interface = parse_route_answer({buffer.data(), static_cast<std::size_t>(got)}, sequence_);
    if (interface) return *interface == 0 ? std::nullopt : std::optional(*interface);
  }
  return fail(Code::io, "the kernel tells no route");
}

Result<RouteWatch> RouteWatch::open() {
  // Routes that go with their link or address aren't told one by one.
  constexpr std::uint32_t kGroups = RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
                                    1u << (RTNLGRP_IPV6_RULE - 1) | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  return open_routing(kGroups).map([](Descriptor socket) { return RouteWatch(std::move(socket)); });
}

void RouteWatch::quiet() {
  std::array<std::uint8_t, internal::kRtnetlinkBytes> buffer;
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (got < 0 && errno != EINTR && errno != ENOBUFS) return;
  }
}

}  // namespace smeg::io
