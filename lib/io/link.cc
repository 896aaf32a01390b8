#include "io/link.h"

#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "io/rtnetlink.h"

namespace smeg::io {
namespace {

constexpr int kDatagramsAtOnce = 256;

std::optional<LinkState> state_in(const nlmsghdr& header, ByteView body, unsigned index) {
  if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) return std::nullopt;
  const auto info = internal::load<ifinfomsg>(body);
  if (!info || info->ifi_family != AF_UNSPEC || info->ifi_index != static_cast<int>(index)) return std::nullopt;
  if (header.nlmsg_type == RTM_DELLINK) return LinkState{};
  return LinkState{true, (info->ifi_flags & IFF_UP) != 0,
                   internal::number_in(internal::behind<ifinfomsg>(body), IFLA_MTU).value_or(0)};
}

}  // namespace

std::optional<LinkState> parse_link_messages(ByteView datagram, unsigned index) {
  std::optional<LinkState> newest;
  internal::for_each_message(datagram, [&](const nlmsghdr& header, ByteView body) {
    if (auto state = state_in(header, body, index)) newest = state;
  });
  return newest;
}

Result<LinkWatch> LinkWatch::open(unsigned index) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket) return fail(os_error("can't open a netlink socket", errno));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) {
    return fail(os_error("can't listen to the kernel's link messages", errno));
  }
  return LinkWatch(std::move(socket), index);
}

LinkWatch::News LinkWatch::take() {
  News news;
  std::array<std::uint8_t, internal::kRtnetlinkBytes> buffer;
  for (int round = 0; round < kDatagramsAtOnce; ++round) {
    sockaddr_nl from{};
    socklen_t from_size = sizeof(from);
    const ssize_t got =
        recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == ENOBUFS) {
      news.lost = true;
      continue;
    }
    if (got < 0) break;
    if (from.nl_pid != 0) continue;  // not the kernel
    if (auto state = parse_link_messages({buffer.data(), static_cast<std::size_t>(got)}, index_)) news.state = state;
  }
  return news;
}

}  // namespace smeg::io
