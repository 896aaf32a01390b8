#include "io/link.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace smeg::io {
namespace {

constexpr std::size_t kDatagramBytes = 32 * 1'024;  // the kernel's largest for a link message
constexpr int kDatagramsAtOnce = 256;

template <class T>
std::optional<T> load(ByteView from) {
  if (from.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, from.data(), sizeof(T));
  return value;
}

constexpr std::size_t aligned(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

// The front of a sequence of length-prefixed, 4-byte aligned items; cuts it off.
ByteView cut(ByteView& rest, std::size_t length) {
  const ByteView item = rest.first(length);
  rest = rest.subspan(std::min(aligned(length), rest.size()));
  return item;
}

unsigned mtu_in(ByteView attributes) {
  while (const auto header = load<rtattr>(attributes)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > attributes.size()) return 0;
    const ByteView attribute = cut(attributes, header->rta_len).subspan(sizeof(rtattr));
    if (header->rta_type == IFLA_MTU) return load<std::uint32_t>(attribute).value_or(0);
  }
  return 0;
}

std::optional<LinkState> state_in(const nlmsghdr& header, ByteView body, unsigned index) {
  if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) return std::nullopt;
  const auto info = load<ifinfomsg>(body);
  if (!info || info->ifi_family != AF_UNSPEC || info->ifi_index != static_cast<int>(index)) return std::nullopt;
  if (header.nlmsg_type == RTM_DELLINK) return LinkState{};
  return LinkState{true, (info->ifi_flags & IFF_UP) != 0,
                   mtu_in(body.subspan(std::min(aligned(sizeof(ifinfomsg)), body.size())))};
}

}  // namespace

std::optional<LinkState> parse_link_messages(ByteView datagram, unsigned index) {
  std::optional<LinkState> newest;
  while (const auto header = load<nlmsghdr>(datagram)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) break;
    const ByteView body = cut(datagram, header->nlmsg_len).subspan(sizeof(nlmsghdr));
    if (auto state = state_in(*header, body, index)) newest = state;
  }
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
  std::array<std::uint8_t, kDatagramBytes> buffer;
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
