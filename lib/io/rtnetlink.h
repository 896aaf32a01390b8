// Messages of the kernel's routing socket, taken apart. For the files of this module only.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/base.h"

namespace smeg::io::internal {

inline constexpr std::size_t kRtnetlinkBytes = 32 * 1'024;  // the kernel's largest datagram

template <class T>
std::optional<T> load(ByteView from) {
  if (from.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, from.data(), sizeof(T));
  return value;
}

constexpr std::size_t aligned(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

// The front of a sequence of length-prefixed, 4-byte aligned items; cuts it off.
inline ByteView cut(ByteView& rest, std::size_t length) {
  const ByteView item = rest.first(length);
  rest = rest.subspan(std::min(aligned(length), rest.size()));
  return item;
}

// What follows a header of fixed size.
template <class Header>
ByteView behind(ByteView body) {
  return body.subspan(std::min(aligned(sizeof(Header)), body.size()));
}

// The first attribute of that type, as a number; nullopt where there is none.
inline std::optional<std::uint32_t> number_in(ByteView attributes, std::uint16_t type) {
  while (const auto header = load<rtattr>(attributes)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > attributes.size()) return std::nullopt;
    const ByteView attribute = cut(attributes, header->rta_len).subspan(sizeof(rtattr));
    if (header->rta_type == type) return load<std::uint32_t>(attribute);
  }
  return std::nullopt;
}

// visit(const nlmsghdr&, ByteView body) for each whole message of a datagram.
template <class Visit>
void for_each_message(ByteView datagram, Visit visit) {
  while (const auto header = load<nlmsghdr>(datagram)) {
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) return;
    visit(*header, cut(datagram, header->nlmsg_len).subspan(sizeof(nlmsghdr)));
  }
}

}  // namespace smeg::io::internal
