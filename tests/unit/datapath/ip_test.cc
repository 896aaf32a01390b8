#include "datapath/ip.h"

#include <doctest/doctest.h>

#include "unit/datapath/world.h"

namespace smeg::datapath {
namespace {

using namespace testing;

const addr::IpAddress kV4A = ip("10.0.0.1");
const addr::IpAddress kV4B = ip("10.0.0.2");
const addr::IpAddress kV6A = ip("fd00::1");
const addr::IpAddress kV6B = ip("fd00::2");

// The sum over an IPv4 header with its checksum is zero (RFC 1071).
bool header_checksum_fits(const Bytes& packet) {
  return finish_checksum(add_to_checksum(0, ByteView(packet).first(20))) == 0;
}
void put_header_checksum(Bytes& packet) {
  store_be(&packet[10], finish_checksum(add_to_checksum(0, ByteView(packet).first(20))));
}

TEST_CASE("addresses, length and traffic class of both families") {
  for (const bool v4 : {true, false}) {
    Bytes packet = make_packet(v4 ? kV4A : kV6A, v4 ? kV4B : kV6B, Bytes(100), 0xb9);
    const std::size_t size = packet.size();
    packet.resize(size + 7);  // padding
    const auto header = parse_ip(packet);
    REQUIRE(header);
    CHECK(header->source == (v4 ? kV4A : kV6A));
    CHECK(header->destination == (v4 ? kV4B : kV6B));
    CHECK(header->packet_bytes == size);
    CHECK(header->traffic_class == 0xb9);
  }
}

TEST_CASE("what is no whole packet") {
  for (const bool v4 : {true, false}) {
    const Bytes packet = make_packet(v4 ? kV4A : kV6A, v4 ? kV4B : kV6B, Bytes(10));
    for (std::size_t size = 0; size < packet.size(); ++size) CHECK(!parse_ip(ByteView(packet).first(size)));
    Bytes other_version = packet;
    other_version[0] = 0x55;
    CHECK(!parse_ip(other_version));
  }
  Bytes short_header = make_packet(kV4A, kV4B, Bytes(10));
  short_header[0] = 0x44;
  CHECK(!parse_ip(short_header));
  Bytes short_total = make_packet(kV4A, kV4B, Bytes(10));
  store_be(&short_total[2], std::uint16_t{19});
  CHECK(!parse_ip(short_total));
}

TEST_CASE("ECN goes out, DSCP doesn't, congestion of before stays inside") {
  CHECK(outer_traffic_class(0xb8) == 0);
  CHECK(outer_traffic_class(0xb9) == 1);
  CHECK(outer_traffic_class(0x02) == 2);
  CHECK(outer_traffic_class(0x03) == 2);
}

TEST_CASE("congestion on the way is told to who can hear it, and the header stays right") {
  for (const std::uint8_t inner : {std::uint8_t{0xb8}, std::uint8_t{0xb9}, std::uint8_t{0xba}, std::uint8_t{0xbb}}) {
    for (const std::uint8_t outer : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
      const auto expected = static_cast<std::uint8_t>(outer == 3 && (inner & 3) != 0 ? inner | 3 : inner);
      Bytes v4 = make_packet(kV4A, kV4B, Bytes(10), inner);
      put_header_checksum(v4);
      mark_congestion(v4, outer);
      CHECK(parse_ip(v4)->traffic_class == expected);
      CHECK(header_checksum_fits(v4));
      Bytes v6 = make_packet(kV6A, kV6B, Bytes(10), inner);
      mark_congestion(v6, outer);
      CHECK(parse_ip(v6)->traffic_class == expected);
      CHECK(parse_ip(v6)->destination == kV6B);
    }
  }
}

TEST_CASE("the Internet checksum of RFC 1071 section 3") {
  const Bytes example = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  CHECK(finish_checksum(add_to_checksum(0, example)) == static_cast<std::uint16_t>(~0xddf2));
  CHECK(finish_checksum(add_to_checksum(0, Bytes{0x01})) == static_cast<std::uint16_t>(~0x0100));
}

}  // namespace
}  // namespace smeg::datapath
