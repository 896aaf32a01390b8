#include "datapath/icmp.h"

#include <doctest/doctest.h>

#include "datapath/ip.h"
#include "unit/datapath/world.h"

namespace smeg::datapath {
namespace {

using namespace testing;

// The answer to a packet, made in place as a worker does.
std::optional<Bytes> answer(const Bytes& packet) {
  Batch batch;
  const auto reply = make_unreachable(batch.add(packet));
  return reply ? std::optional(to_bytes(*reply)) : std::nullopt;
}
Bytes v6(std::string_view from, std::string_view to, std::uint8_t next_header, const Bytes& payload) {
  Bytes out = make_packet(ip(from), ip(to), payload);
  out[6] = next_header;
  return out;
}
Bytes v4(std::string_view from, std::string_view to, std::uint8_t protocol, const Bytes& payload) {
  Bytes out = make_packet(ip(from), ip(to), payload);
  out[9] = protocol;
  return out;
}
// Over the pseudo-header and the message, its checksum included, the sum is zero.
bool icmp_v6_checksum_fits(const Bytes& packet) {
  const ByteView view(packet);
  const auto payload = static_cast<std::uint32_t>(view.size() - 40);
  return finish_checksum(add_to_checksum(add_to_checksum(payload + 58, view.subspan(8, 32)), view.subspan(40))) == 0;
}

TEST_CASE("ICMPv6 address unreachable, from the destination to the source") {
  const Bytes packet = v6("fd00::1", "fd00::2", 17, Bytes(100, 7));
  const auto reply = answer(packet);
  REQUIRE(reply);
  const auto header = parse_ip(*reply);
  REQUIRE(header);
  CHECK(header->source == ip("fd00::2"));
  CHECK(header->destination == ip("fd00::1"));
  CHECK(header->packet_bytes == reply->size());
  CHECK((*reply)[6] == 58);
  CHECK((*reply)[40] == 1);
  CHECK((*reply)[41] == 3);
  CHECK(icmp_v6_checksum_fits(*reply));
  CHECK(std::ranges::equal(ByteView(*reply).subspan(48), packet));
}

TEST_CASE("ICMP host unreachable") {
  const Bytes packet = v4("10.0.0.1", "10.0.0.2", 17, Bytes(101, 7));
  const auto reply = answer(packet);
  REQUIRE(reply);
  const auto header = parse_ip(*reply);
  REQUIRE(header);
  CHECK(header->source == ip("10.0.0.2"));
  CHECK(header->destination == ip("10.0.0.1"));
  CHECK((*reply)[9] == 1);
  CHECK((*reply)[20] == 3);
  CHECK((*reply)[21] == 1);
  CHECK(finish_checksum(add_to_checksum(0, ByteView(*reply).first(20))) == 0);
  CHECK(finish_checksum(add_to_checksum(0, ByteView(*reply).subspan(20))) == 0);
  CHECK(std::ranges::equal(ByteView(*reply).subspan(28), packet));
}

TEST_CASE("long packets are quoted in part") {
  const auto reply6 = answer(v6("fd00::1", "fd00::2", 17, Bytes(9'000)));
  REQUIRE(reply6);
  CHECK(reply6->size() == 1'280);
  CHECK(icmp_v6_checksum_fits(*reply6));
  const auto reply4 = answer(v4("10.0.0.1", "10.0.0.2", 17, Bytes(9'000)));
  REQUIRE(reply4);
  CHECK(reply4->size() == 576);
}

TEST_CASE("no error about an error, but about a ping") {
  CHECK(!answer(v6("fd00::1", "fd00::2", 58, {1, 3, 0, 0})));
  CHECK(!answer(v6("fd00::1", "fd00::2", 58, {137, 0, 0, 0})));
  CHECK(!answer(v6("fd00::1", "fd00::2", 58, {})));
  CHECK(answer(v6("fd00::1", "fd00::2", 58, {128, 0, 0, 0})));
  CHECK(!answer(v4("10.0.0.1", "10.0.0.2", 1, {3, 1, 0, 0})));
  CHECK(!answer(v4("10.0.0.1", "10.0.0.2", 1, {})));
  CHECK(answer(v4("10.0.0.1", "10.0.0.2", 1, {8, 0, 0, 0})));
}

TEST_CASE("an ICMPv6 error hides behind no extension header") {
  const Bytes hop_by_hop_then_error = {58, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0};
  CHECK(!answer(v6("fd00::1", "fd00::2", 0, hop_by_hop_then_error)));
  const Bytes hop_by_hop_then_ping = {58, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0};
  CHECK(answer(v6("fd00::1", "fd00::2", 0, hop_by_hop_then_ping)));
  const Bytes cut_short = {58, 9, 0, 0, 0, 0, 0, 0, 128};
  CHECK(!answer(v6("fd00::1", "fd00::2", 60, cut_short)));
  CHECK(!answer(v6("fd00::1", "fd00::2", 43, {58})));
}

TEST_CASE("about the first fragment only") {
  CHECK(answer(v6("fd00::1", "fd00::2", 44, {17, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3})));
  CHECK(!answer(v6("fd00::1", "fd00::2", 44, {17, 0, 0, 9, 0, 0, 0, 0, 1, 2, 3})));
  Bytes later = v4("10.0.0.1", "10.0.0.2", 17, Bytes(10));
  later[7] = 5;
  CHECK(!answer(later));
}

TEST_CASE("only between single hosts") {
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"::", "fd00::2"}, {"fd00::1", "ff02::1"}, {"ff02::1", "fd00::2"}, {"::1", "fd00::2"}})
    CHECK(!answer(v6(from, to, 17, Bytes(10))));
  for (const auto& [from, to] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"0.0.0.0", "10.0.0.2"},
                                                                            {"10.0.0.1", "239.1.1.1"},
                                                                            {"10.0.0.1", "255.255.255.255"},
                                                                            {"127.0.0.1", "10.0.0.2"}})
    CHECK(!answer(v4(from, to, 17, Bytes(10))));
  CHECK(!answer(Bytes(10)));
}

TEST_CASE("fifty at once, then a hundred a second") {
  UnreachableLimiter limiter;
  const Instant start(1'000s);
  for (unsigned i = 0; i < UnreachableLimiter::kBurst; ++i) CHECK(limiter.allow(start));
  CHECK(!limiter.allow(start));
  unsigned allowed = 0;
  for (int i = 1; i <= 1'000; ++i) allowed += limiter.allow(start + i * 1ms) ? 1 : 0;
  CHECK(allowed == UnreachableLimiter::kPerSecond);
}

}  // namespace
}  // namespace smeg::datapath
