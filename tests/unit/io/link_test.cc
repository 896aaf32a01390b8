#include "io/io.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

using namespace smeg;
using namespace smeg::io;

namespace {

constexpr unsigned kIndex = 7;

template <class T>
void append(Bytes& to, const T& value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof(T));
  std::memcpy(&to[at], &value, sizeof(T));
}

Bytes link_message(std::uint16_t type, unsigned index, unsigned flags, std::uint32_t mtu) {
  Bytes out;
  append(out, nlmsghdr{.nlmsg_len = 44, .nlmsg_type = type, .nlmsg_flags = 0, .nlmsg_seq = 0, .nlmsg_pid = 0});
  ifinfomsg info{};
  info.ifi_index = static_cast<int>(index);
  info.ifi_flags = flags;
  append(out, info);
  // An attribute of an odd length before the one that counts.
  append(out, rtattr{.rta_len = 3 + sizeof(rtattr) - 2, .rta_type = IFLA_IFALIAS});
  out.insert(out.end(), 4, 0);
  append(out, rtattr{.rta_len = sizeof(rtattr) + 4, .rta_type = IFLA_MTU});
  append(out, mtu);
  store_le<std::uint32_t>(out.data(), static_cast<std::uint32_t>(out.size()));
  return out;
}

}  // namespace

TEST_CASE("the newest message about the interface counts, others are passed over") {
  Bytes datagram = link_message(RTM_NEWLINK, kIndex, IFF_UP, 1'420);
  CHECK(parse_link_messages(datagram, kIndex) == LinkState{true, true, 1'420});
  CHECK_FALSE(parse_link_messages(datagram, kIndex + 1));
  const Bytes next = link_message(RTM_NEWLINK, kIndex, 0, 1'280);
  datagram.insert(datagram.end(), next.begin(), next.end());
  CHECK(parse_link_messages(datagram, kIndex) == LinkState{true, false, 1'280});
  const Bytes gone = link_message(RTM_DELLINK, kIndex, IFF_UP, 1'280);
  datagram.insert(datagram.end(), gone.begin(), gone.end());
  CHECK(parse_link_messages(datagram, kIndex) == LinkState{});
}

TEST_CASE("a datagram that was cut short anywhere is read as far as it goes") {
  const Bytes whole = link_message(RTM_NEWLINK, kIndex, IFF_UP, 1'420);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_link_messages(ByteView(whole).first(size), kIndex));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned value : {0x00u, 0x01u, 0x7fu, 0xffu}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(value);
      (void)parse_link_messages(changed, kIndex);  // the sanitizers watch
    }
  }
}

TEST_CASE("the kernel's messages can be listened to without privilege") {
  auto watch = LinkWatch::open(if_nametoindex("lo"));
  REQUIRE(watch);
  const auto news = watch->take();
  CHECK_FALSE(news.lost);
}
