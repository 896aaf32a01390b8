#include "addr/ip.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

namespace smeg::addr {
namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }
Prefix prefix(std::string_view text) { return *Prefix::parse(text); }

TEST_CASE("addresses as RFC 5952 writes them") {
  for (const auto& [text, canonical] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"::", "::"},
           {"::1", "::1"},
           {"2001:0DB8:0:0:0:0:0:0001", "2001:db8::1"},
           {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
           {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
           {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
           {"192.0.2.1", "192.0.2.1"},
           {"0.0.0.0", "0.0.0.0"}})
    CHECK(ip(text).to_string() == canonical);
}

TEST_CASE("addresses are written as inet_ntop does") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);  // set the loop to this value to see it again
    SeededRng rng(seed);
    for (int i = 0; i < 200; ++i) {
      ByteArray<16> bytes{};
      for (std::size_t word = 0; word < 8; ++word) {
        if (rng.below(2) == 0) continue;
        bytes[2 * word] = rng.below(2) == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(rng.below(256));
        bytes[2 * word + 1] = static_cast<std::uint8_t>(rng.below(256));
      }
      char expected[INET6_ADDRSTRLEN];
      REQUIRE(IpAddress::v6(bytes).to_string() == inet_ntop(AF_INET6, bytes.data(), expected, sizeof expected));
    }
  }
}

TEST_CASE("what is no address") {
  for (const std::string_view text : {"", " ", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::1%eth0", "[::1]",
                                      ":::", "1::2::3", "12345::", "fd00::/8", "localhost", "01.2.3.4x"})
    CHECK(!IpAddress::parse(text));
  CHECK(!IpAddress::parse(std::string_view("::1\0", 4)));
  CHECK(!IpAddress::parse(std::string(100, '1')));
  CHECK(!IpAddress::from(Bytes(5)));
}

TEST_CASE("kinds of addresses") {
  CHECK(ip("::").is_unspecified());
  CHECK(ip("0.0.0.0").is_unspecified());
  CHECK(!ip("::1").is_unspecified());
  CHECK(ip("::1").is_loopback());
  CHECK(ip("127.3.2.1").is_loopback());
  CHECK(!ip("::2").is_loopback());
  CHECK(ip("fe80::1").is_link_local());
  CHECK(ip("febf::1").is_link_local());
  CHECK(!ip("fec0::1").is_link_local());
  CHECK(ip("169.254.1.1").is_link_local());
  CHECK(ip("ff02::1").is_multicast());
  CHECK(ip("239.1.1.1").is_multicast());
  CHECK(!ip("240.1.1.1").is_multicast());
}

TEST_CASE("bits go from the most significant one") {
  CHECK(ip("128.0.0.1").bit(0));
  CHECK(!ip("128.0.0.1").bit(1));
  CHECK(ip("128.0.0.1").bit(31));
  CHECK(ip("::1").bit(127));
  CHECK(ip("8000::").bit(0));
}

TEST_CASE("prefixes clear what is behind their length") {
  CHECK(Prefix(ip("10.1.2.3"), 8).to_string() == "10.0.0.0/8");
  CHECK(Prefix(ip("10.1.2.3"), 31).to_string() == "10.1.2.2/31");
  CHECK(Prefix(ip("10.1.2.3"), 0).to_string() == "0.0.0.0/0");
  CHECK(Prefix(ip("fd12:3456::ffff"), 20).to_string() == "fd12:3000::/20");
  CHECK(Prefix(ip("fd12::ffff"), 128).to_string() == "fd12::ffff/128");
  CHECK(Prefix(ip("1.2.3.4"), 99).length() == 32);
}

TEST_CASE("prefixes as text") {
  CHECK(prefix("fd00::/8").to_string() == "fd00::/8");
  CHECK(prefix("10.0.0.1").to_string() == "10.0.0.1/32");
  CHECK(prefix("::/0") == Prefix());
  for (const std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "10.0.0.0/8x",
                                      "10.0.0.0/+8", "10.0.0.0/8/8"})
    CHECK(!Prefix::parse(text));
  const auto set_behind = Prefix::parse("10.1.0.0/8");
  REQUIRE(!set_behind);
  CHECK(set_behind.error().hint == "write 10.0.0.0/8");
}

TEST_CASE("what a prefix contains: against a comparison bit by bit") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    for (int i = 0; i < 2'000; ++i) {
      ByteArray<16> bytes{};
      for (std::uint8_t& byte : bytes) byte = rng.below(4) == 0 ? std::uint8_t{0x80} : std::uint8_t{0};
      const Prefix at(IpAddress::v6(bytes), static_cast<unsigned>(rng.below(129)));
      bytes[rng.below(16)] ^= static_cast<std::uint8_t>(1u << rng.below(8));
      const IpAddress address = IpAddress::v6(bytes);
      bool expected = true;
      for (unsigned bit = 0; bit < at.length(); ++bit) expected = expected && address.bit(bit) == at.address().bit(bit);
      REQUIRE(at.contains(address) == expected);
    }
  }
}

TEST_CASE("prefixes within prefixes") {
  CHECK(prefix("fd00::/8").contains(prefix("fd00::/8")));
  CHECK(prefix("fd00::/8").contains(prefix("fd12::/16")));
  CHECK(!prefix("fd12::/16").contains(prefix("fd00::/8")));
  CHECK(prefix("fd12::/16").overlaps(prefix("fd00::/8")));
  CHECK(!prefix("fd12::/16").overlaps(prefix("fd13::/16")));
  CHECK(!prefix("::/0").contains(ip("1.2.3.4")));
  CHECK(!prefix("0.0.0.0/0").contains(prefix("::/0")));
}

TEST_CASE("endpoints") {
  CHECK(Endpoint::parse("192.0.2.1:51820")->to_string() == "192.0.2.1:51820");
  CHECK(Endpoint::parse("[2001:db8::1]:65535")->to_string() == "[2001:db8::1]:65535");
  for (const std::string_view text : {"", ":1", "192.0.2.1", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "::1:5",
                                      "[192.0.2.1]:5", "[::1]", "[::1]5", "[::1:5", "host:5", "192.0.2.1:5 "})
    CHECK(!Endpoint::parse(text));
}

TEST_CASE("ports") {
  CHECK(parse_port("1") == 1);
  CHECK(parse_port("65535") == 65'535);
  for (const std::string_view text : {"", "0", "-1", "65536", "1x", " 1", "99999999999999999999"})
    CHECK(!parse_port(text));
}

}  // namespace
}  // namespace smeg::addr
