#include "io/route.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstring>

#include "io/io.h"

using namespace smeg;
using namespace smeg::io;

namespace {

constexpr std::uint32_t kSequence = 3;

template <class T>
void append(Bytes& to, const T& value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof(T));
  std::memcpy(&to[at], &value, sizeof(T));
}

Bytes answer(std::uint16_t type, std::uint32_t sequence, std::optional<std::uint32_t> interface) {
  Bytes out;
  append(out, nlmsghdr{.nlmsg_len = 0, .nlmsg_type = type, .nlmsg_flags = 0, .nlmsg_seq = sequence, .nlmsg_pid = 0});
  append(out, rtmsg{});
  append(out, rtattr{.rta_len = sizeof(rtattr) + 4, .rta_type = RTA_DST});
  append(out, std::uint32_t{9});
  if (interface) {
    append(out, rtattr{.rta_len = sizeof(rtattr) + 4, .rta_type = RTA_OIF});
    append(out, *interface);
  }
  const auto size = static_cast<std::uint32_t>(out.size());
  std::memcpy(out.data(), &size, sizeof(size));
  return out;
}

UdpPath path(std::string_view remote, std::string_view local) {
  return {*addr::Endpoint::parse(remote), *addr::IpAddress::parse(local), 0};
}

}  // namespace

TEST_CASE("an answer names the interface, or none where there is no way") {
  CHECK(parse_route_answer(answer(RTM_NEWROUTE, kSequence, 7), kSequence) == 7);
  CHECK(parse_route_answer(answer(RTM_NEWROUTE, kSequence, std::nullopt), kSequence) == 0);
  CHECK(parse_route_answer(answer(NLMSG_ERROR, kSequence, std::nullopt), kSequence) == 0);
  CHECK_FALSE(parse_route_answer(answer(RTM_NEWROUTE, kSequence + 1, 7), kSequence));
  CHECK_FALSE(parse_route_answer(answer(RTM_NEWLINK, kSequence, 7), kSequence));
  CHECK_FALSE(parse_route_answer({}, kSequence));
  Bytes two = answer(RTM_NEWROUTE, kSequence - 1, 6);
  const Bytes second = answer(RTM_NEWROUTE, kSequence, 7);
  two.insert(two.end(), second.begin(), second.end());
  CHECK(parse_route_answer(two, kSequence) == 7);
}

TEST_CASE("an answer that was cut short or changed anywhere does no harm") {
  const Bytes whole = answer(RTM_NEWROUTE, kSequence, 7);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_route_answer(ByteView(whole).first(size), kSequence));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned value : {0x00u, 0x01u, 0x7fu, 0xffu}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(value);
      (void)parse_route_answer(changed, kSequence);  // the sanitizers watch
    }
  }
}

TEST_CASE("the kernel tells the way to this host itself, and that an address isn't this host's") {
  auto routes = Routes::open();
  REQUIRE(routes);
  const std::uint32_t lo = if_nametoindex("lo");
  CHECK(*routes->interface_for(path("127.0.0.2:5000", "127.0.0.1"), 4000, 0) == lo);
  CHECK(*routes->interface_for({*addr::Endpoint::parse("127.0.0.2:5000"), std::nullopt, 0}, 4000, 0) == lo);
  CHECK_FALSE(*routes->interface_for(path("127.0.0.2:5000", "203.0.113.77"), 4000, 0));
}

TEST_CASE("changes of routes can be listened to without privilege") {
  auto watch = RouteWatch::open();
  REQUIRE(watch);
  watch->quiet();
}
