// News of the packet filter and of IPv6 settings, as a Linux 6.18 sent them.
#include <doctest/doctest.h>

#include "netlink/codec.h"

namespace smeg::netlink {
namespace {

Bytes hex(std::string_view text) { return crypto::from_hex(text).value(); }

// `nft add table ip6 smegmesh`, its removal, and the number of the state that followed.
constexpr std::string_view kTable =
    "40000000000a0000010000002d6500000a0000020d000100736d65676d65736800000000"
    "08000300000000000c00040000000000000000010800020000000000";
constexpr std::string_view kTableGone =
    "38000000020a0000020000002d6500000a0000020d000100736d65676d65736800000000"
    "08000300000000000c0004000000000000000001";
constexpr std::string_view kGeneration =
    "2c0000000f0a0000010000002d650000000000020800010000000002080002000000652d080003006e667400";
// net.ipv6.conf.all.forwarding is 1.
constexpr std::string_view kForwards = "240000005000000000000000000000000a00000008000100ffffffff0800020001000000";

constexpr std::uint8_t kIpv6 = 10;  // NFPROTO_IPV6

template <class Body>
Body only(const Result<std::vector<Message>>& messages) {
  REQUIRE(messages);
  REQUIRE(messages->size() == 1);
  REQUIRE(std::holds_alternative<Body>(messages->front().body));
  return std::get<Body>(messages->front().body);
}

TEST_CASE("a table of the packet filter comes and goes") {
  for (const std::string_view text : {kTable, kTableGone}) {
    const auto rules = only<RulesMessage>(decode_netfilter(hex(text)));
    CHECK(rules.family == kIpv6);
    CHECK(rules.table == "smegmesh");
    CHECK(rules.chains);
  }
  CHECK(only<Other>(decode_netfilter(hex(kGeneration))) == Other{});
}

TEST_CASE("what is in a table is told apart from the table") {
  Bytes rule = hex(kTable);
  rule[4] = 6;  // NFT_MSG_NEWRULE
  CHECK(!only<RulesMessage>(decode_netfilter(rule)).chains);
  rule[4] = 3;  // NFT_MSG_NEWCHAIN
  CHECK(only<RulesMessage>(decode_netfilter(rule)).chains);
  rule[5] = 1;  // connection tracking
  CHECK(only<Other>(decode_netfilter(rule)) == Other{});
}

TEST_CASE("asking for a table") {
  CHECK(crypto::to_hex(get_filter_table(kIpv6, "smegmesh")) ==
        "24000000010a010000000000000000000a0000000d000100736d65676d65736800000000");
}

TEST_CASE("a setting of IPv6") {
  const auto setting = only<SettingMessage>(decode(hex(kForwards)));
  CHECK(setting.index == -1);
  CHECK(setting.forwards == true);
  Bytes other = hex(kForwards);
  other[16] = 2;  // IPv4
  CHECK(only<Other>(decode(other)) == Other{});
  other = hex(kForwards);
  other[30] = 9;
  CHECK(!only<SettingMessage>(decode(other)).forwards);
}

TEST_CASE("what is cut off or too short is refused") {
  for (const std::string_view text : {kTable, kTableGone}) {
    const Bytes whole = hex(text);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CHECK(!decode_netfilter(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
    }
  }
  Bytes shorter = hex(kForwards);
  store_le<std::uint16_t>(shorter.data() + 28, 6);
  CHECK(!decode(shorter));
}

TEST_CASE("random damage never does worse than an error") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    for (const std::string_view text : {kTable, kTableGone, kGeneration}) {
      Bytes bytes = hex(text);
      for (int i = 0; i < 3; ++i) bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.next());
      const auto messages = decode_netfilter(bytes);
      if (!messages) CHECK(messages.error().code == Code::malformed);
    }
  }
}

}  // namespace
}  // namespace smeg::netlink
