// Messages as a Linux 6.18 sent them, and what must be refused.
#include <doctest/doctest.h>

#include <cerrno>

#include "netlink/codec.h"

namespace smeg::netlink {
namespace {

Bytes hex(std::string_view text) { return crypto::from_hex(text).value(); }

template <class Body>
Body only(std::string_view text) {
  const auto messages = decode(hex(text));
  REQUIRE(messages);
  REQUIRE(messages->size() == 1);
  REQUIRE(std::holds_alternative<Body>(messages->front().body));
  return std::get<Body>(messages->front().body);
}

constexpr std::string_view kLink =
    "a400000010000000070000004b0900000000feff0200000091100000000000000a000300736d656730000000050011000000000008000400"
    "dc0500002e001400736d65676d6573683a6165626167626166617964717163696b626d6761326471706361697265657975000000380012000"
    "800010074756e002c00020005000300010000000500040000000000050005000000000005000600010000000500070000000000";
constexpr std::string_view kAddresses =
    "4c00000014000200080000004b090000020880fe01000000080001007f000001080002007f000001070003006c6f00000800080080000000"
    "14000600ffffffffffffffff9c0d06009c0d06005000000014000200080000004b0900000220800002000000080001000a00000208000200"
    "0a0000010a000300736d656730000000080008008000000014000600ffffffffffffffffa00d0600a00d06005000000014000200080000004"
    "b0900000a8080fe01000000140001000000000000000000000000000000000114000600ffffffffffffffff9c0d06009c0d06000800080080"
    "00000005000b00010000005000000014000200080000004b0900000a8082000200000014000100fd000000000000000000000000000001140"
    "00600ffffffffffffffffc50d0600c50d0600080008008202000005000b00530000001400000003000200080000004b09000000000000";
constexpr std::string_view kRoutes =
    "7400000018002200090000004b0900000a400000fe5300011000000008000f00fe00000014000100fd000000000000000000000000000000"
    "0800060000040000080004000200000024000c00000000000000000000000000000000000000000000000000000000000000000005001400"
    "000000001400000003002200090000004b09000000000000";
constexpr std::string_view kFilters =
    "340000002c0002000700000096630000000000000200000000000000f2ffffff86dd5300080001007533320008000b0000000000400000002c"
    "0002000700000096630000000000000200000000000080f2ffffff86dd5300080001007533320008000b00000000000c000200080004000100"
    "0000a40000002c0002000700000096630000000000000200000000080080f2ffffff86dd5300080001007533320008000b0000000000700002"
    "005400050001000400000000000000000000000000fffffffffd0000001800000000000000ffffffff000000001c00000000000000ffffffff"
    "000000002000000000000000ffffffff0000000124000000000000000800020000000080080001000100010008000b0008000000340000002c"
    "0002000700000096630000000000000200000000000000f2ffffff86dd5400080001007533320008000b0000000000400000002c0002000700"
    "000096630000000000000200000000001080f2ffffff86dd5400080001007533320008000b00000000000c0002000800040001000000240100"
    "002c0002000700000096630000000000000200000000081080f2ffffff86dd5400080001007533320008000b0000000000f000020034000500"
    "01000200000000000000000000000000fffffffffd0000001800000000000000ffffffff000000001c00000000000000080002000000108008"
    "000b0008000000a8000700a40001000b0001006d69727265640000440004001400010000000000000000000000000000000000140007000000"
    "000000000000000000000000000018000300000000000000000000000000000000000000000008000a00000000004800020020000200010000"
    "00000000000400000001000000010000000100000002000000240001000e000000000000000e00000000000000000000000000000000000000"
    "000000001400000003000200070000009663000000000000";
constexpr std::string_view kError =
    "48000000020000030a0000004b090000eaffffff28000000100005000a00000000000000240001006d74752067726561746572207468616e2"
    "0646576696365206d6178696d756d00";
constexpr std::string_view kErrorWithRequest =
    "60000000020000020a0000004b090000eaffffff28000000100005000a000000000000000000000002000000000000000000000008000400"
    "70110100240001006d74752067726561746572207468616e20646576696365206d6178696d756d00";
constexpr std::string_view kAck = "24000000020000010b0000004b0900000000000028000000100005000b00000000000000";
constexpr std::string_view kRouteTowards =
    "68000000180000000c0000004b09000002200000fe0000010002000008000f00fe00000008000100c0000201080004000200000008000700"
    "0a000001080019000000000024000c000200000000000000000000000000000000000000000000000000000000000000";

}  // namespace

TEST_CASE("a link") {
  const auto link = only<LinkMessage>(kLink);
  CHECK(!link.removed);
  CHECK(link.index == LinkIndex{2});
  CHECK(link.name == "smeg0");
  CHECK(link.kind == "tun");
  CHECK(link.mtu == 1'500);
  CHECK(link.up);
  CHECK(!link.loopback);
  MeshId mesh;
  for (std::size_t i = 0; i < mesh.bytes.size(); ++i) mesh.bytes[i] = static_cast<std::uint8_t>(i + 1);
  CHECK(netstate::owner_of(link.alias) == netstate::Owner{mesh});
}

TEST_CASE("a dump of addresses: loopback, point-to-point, and ours with its protocol number") {
  const auto messages = decode(hex(kAddresses));
  REQUIRE(messages);
  REQUIRE(messages->size() == 5);
  const auto address = [&](std::size_t i) { return std::get<AddressMessage>((*messages)[i].body); };
  CHECK(address(0).address.to_string() == "127.0.0.1/8");
  CHECK(address(0).scope == 254);
  CHECK(address(1).address.to_string() == "10.0.0.1/32");  // not the far end's
  CHECK(!address(1).protocol);
  CHECK(address(2).address.to_string() == "::1/128");
  CHECK(address(2).protocol == 1);
  CHECK(address(3).address.to_string() == "fd00::1/128");
  CHECK(address(3).index == LinkIndex{2});
  CHECK(address(3).protocol == netstate::kProtocol);
  CHECK(address(3).flags == 0x282);  // permanent, no duplicate address detection, no prefix route
  CHECK(std::get<Done>((*messages)[4].body).ack.error_number == 0);
  for (const Message& message : *messages) {
    CHECK(message.sequence == 8);
    CHECK(message.port == 0x94b);
    CHECK(!message.interrupted);
  }
}

TEST_CASE("a dump of filters: a frame and a table for each preference, and what tc(8) made") {
  const auto messages = decode(hex(kFilters));
  REQUIRE(messages);
  std::vector<FilterMessage> filters;
  for (const Message& message : *messages) {
    const auto* filter = std::get_if<FilterMessage>(&message.body);
    if (filter && filter->has_match) filters.push_back(*filter);
  }
  const auto prefix = [](std::string_view text) { return addr::Prefix::parse(text).value(); };
  CHECK(filters == std::vector<FilterMessage>{{false, LinkIndex{2}, 83, true, prefix("fd00::1/128"), false, {}},
                                              {false, LinkIndex{2}, 84, true, prefix("fd00::/64"), true, {2}}});
  CHECK(std::holds_alternative<Done>(messages->back().body));
}

TEST_CASE("a dump of routes") {
  const auto messages = decode(hex(kRoutes));
  REQUIRE(messages);
  REQUIRE(messages->size() == 2);
  const auto route = std::get<RouteMessage>((*messages)[0].body);
  CHECK(route.destination.to_string() == "fd00::/64");
  CHECK(route.table == netstate::kMainTable);
  CHECK(route.metric == netstate::kDefaultMetric);
  CHECK(route.protocol == netstate::kProtocol);
  CHECK(route.type == 1);
  CHECK(route.out == LinkIndex{2});
  CHECK(!route.preferred_source);
}

TEST_CASE("the route that a packet would take") {
  const auto route = only<RouteMessage>(kRouteTowards);
  CHECK(route.destination.to_string() == "192.0.2.1/32");
  CHECK(route.preferred_source->to_string() == "10.0.0.1");
}

TEST_CASE("success, and an error in the kernel's own words, with the request behind it or without") {
  CHECK(only<Ack>(kAck) == Ack{0, ""});
  CHECK(only<Ack>(kError) == Ack{EINVAL, "mtu greater than device maximum"});
  CHECK(only<Ack>(kErrorWithRequest) == Ack{EINVAL, "mtu greater than device maximum"});
}

TEST_CASE("an interrupted dump, a removal, and kinds of no interest") {
  Bytes bytes = hex(kLink);
  store_le<std::uint16_t>(bytes.data() + 4, 17);    // RTM_DELLINK
  store_le<std::uint16_t>(bytes.data() + 6, 0x10);  // NLM_F_DUMP_INTR
  auto messages = decode(bytes);
  REQUIRE(messages);
  CHECK(messages->front().interrupted);
  CHECK(std::get<LinkMessage>(messages->front().body).removed);
  store_le<std::uint16_t>(bytes.data() + 4, 1'234);
  messages = decode(bytes);
  REQUIRE(messages);
  CHECK(messages->front().body == decltype(Message::body){Other{}});
}

TEST_CASE("control characters of a kernel text don't reach a log") {
  Bytes bytes = hex(kError);
  bytes[42] = '\n';
  bytes[43] = 0x1b;
  const auto messages = decode(bytes);
  REQUIRE(messages);
  CHECK(std::get<Ack>(messages->front().body).text == "mt  greater than device maximum");
}

TEST_CASE("what is cut off is refused, wherever") {
  for (const std::string_view text : {kLink, kAddresses, kRoutes, kError, kErrorWithRequest, kAck, kRouteTowards}) {
    const Bytes whole = hex(text);
    // A datagram that ends within a message.
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto messages = decode(part);
      if (messages) CHECK_MESSAGE(size >= load_le<std::uint32_t>(whole.data()), size);
    }
    // A message that says that it is shorter than its fixed part.
    Bytes shorter = whole;
    store_le<std::uint32_t>(shorter.data(), 17);
    shorter.resize(20);
    CHECK(!decode(shorter));
  }
}

TEST_CASE("a message of nearly 4 GiB is refused, though its length is a small negative number too") {
  for (const std::uint32_t length : {0xffff'ffffU, 0xffff'fff1U, 0x8000'0000U}) {
    Bytes bytes = hex(kAck);
    store_le<std::uint32_t>(bytes.data(), length);
    CHECK(decode(bytes).error().code == Code::malformed);
  }
}

TEST_CASE("attributes that are too short or cut off are refused") {
  Bytes bytes = hex(kRouteTowards);
  SUBCASE("longer than the message") { store_le<std::uint16_t>(bytes.data() + 28, 200); }
  SUBCASE("shorter than its own header") { store_le<std::uint16_t>(bytes.data() + 28, 3); }
  SUBCASE("a table number of three bytes") { store_le<std::uint16_t>(bytes.data() + 28, 7); }
  SUBCASE("an IPv4 address where the family says IPv6") { bytes[16] = 10; }
  SUBCASE("a prefix longer than its address") { bytes[17] = 33; }
  const auto result = decode(bytes);
  REQUIRE(!result);
  CHECK(result.error().code == Code::malformed);
}

TEST_CASE("random damage never does worse than an error") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    for (const std::string_view text : {kLink, kAddresses, kRoutes, kErrorWithRequest}) {
      Bytes bytes = hex(text);
      for (int i = 0; i < 3; ++i) bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.next());
      const auto messages = decode(bytes);
      if (!messages) CHECK(messages.error().code == Code::malformed);
    }
  }
}

}  // namespace smeg::netlink
