#include "datapath/icmp.h"

#include <algorithm>

#include "datapath/ip.h"

namespace smeg::datapath {
namespace {

constexpr std::size_t kIcmpHeaderBytes = 8;
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolIcmpV6 = 58;
constexpr std::uint8_t kTtl = 64;

bool is_host(const addr::IpAddress& address) {
  return !address.is_unspecified() && !address.is_multicast() && !address.is_loopback() &&
         !(address.is_v4() && address.view()[0] >= 240);
}

// RFC 1122 section 3.2.2: no error about an error. Of ICMP, only these are not errors.
bool is_icmp_query(std::uint8_t type) {
  switch (type) {
    case 0:   // echo reply
    case 8:   // echo
    case 9:   // router advertisement
    case 10:  // router solicitation
    case 13:  // timestamp
    case 14:  // timestamp reply
      return true;
  }
  return false;
}

bool may_answer_v4(ByteView packet) {
  const std::size_t header_bytes = std::size_t{4} * (packet[0] & 0x0f);
  if ((load_be<std::uint16_t>(&packet[6]) & 0x1fff) != 0) return false;  // a later fragment
  if (packet[9] != kProtocolIcmp) return true;
  return packet.size() > header_bytes && is_icmp_query(packet[header_bytes]);
}

bool is_extension_header(std::uint8_t next_header) {
  return next_header == 0 || next_header == 43 || next_header == 60;  // hop-by-hop, routing, destination options
}

// RFC 4443 section 2.4 (e): no error about an ICMPv6 error (types below 128) or redirect. What can't be told isn't
// answered.
bool may_answer_v6(ByteView packet) {
  constexpr std::uint8_t kFragment = 44;
  constexpr std::uint8_t kFirstInformational = 128;
  constexpr std::uint8_t kRedirect = 137;
  std::uint8_t next_header = packet[6];
  std::size_t at = kIpv6HeaderBytes;
  while (is_extension_header(next_header) || next_header == kFragment) {
    if (at + 8 > packet.size()) return false;
    if (next_header == kFragment && (load_be<std::uint16_t>(&packet[at + 2]) & 0xfff8) != 0) return false;
    const std::size_t length = next_header == kFragment ? 8 : 8 * (std::size_t{packet[at + 1]} + 1);
    next_header = packet[at];
    at += length;
  }
  if (next_header != kProtocolIcmpV6) return true;
  return at < packet.size() && packet[at] >= kFirstInformational && packet[at] != kRedirect;
}

// The parts of the answer before the quoted packet.
MutableByteView put_v4(MutableByteView packet, const IpHeader& header) {
  const std::size_t quoted = std::min(header.packet_bytes, kMaxIcmpV4Quote);
  std::uint8_t* icmp = packet.data() - kIcmpHeaderBytes;
  std::uint8_t* ip = icmp - kIpv4HeaderBytes;
  std::fill_n(ip, kIpv4HeaderBytes + kIcmpHeaderBytes, std::uint8_t{0});
  icmp[0] = 3;  // destination unreachable
  icmp[1] = 1;  // host
  store_be(icmp + 2, finish_checksum(add_to_checksum(0, {icmp, kIcmpHeaderBytes + quoted})));
  const std::size_t total = kIpv4HeaderBytes + kIcmpHeaderBytes + quoted;
  ip[0] = 0x45;
  ip[1] = 0xc0;  // RFC 1812 section 4.3.2.5: precedence 6
  store_be(ip + 2, static_cast<std::uint16_t>(total));
  ip[8] = kTtl;
  ip[9] = kProtocolIcmp;
  std::ranges::copy(header.destination.view(), ip + 12);
  std::ranges::copy(header.source.view(), ip + 16);
  store_be(ip + 10, finish_checksum(add_to_checksum(0, {ip, kIpv4HeaderBytes})));
  return {ip, total};
}

MutableByteView put_v6(MutableByteView packet, const IpHeader& header) {
  const std::size_t quoted = std::min(header.packet_bytes, kMaxIcmpV6Bytes - kIpv6HeaderBytes - kIcmpHeaderBytes);
  const std::size_t payload = kIcmpHeaderBytes + quoted;
  std::uint8_t* icmp = packet.data() - kIcmpHeaderBytes;
  std::uint8_t* ip = icmp - kIpv6HeaderBytes;
  std::fill_n(ip, kIpv6HeaderBytes + kIcmpHeaderBytes, std::uint8_t{0});
  ip[0] = 0x60;
  store_be(ip + 4, static_cast<std::uint16_t>(payload));
  ip[6] = kProtocolIcmpV6;
  ip[7] = kTtl;
  std::ranges::copy(header.destination.view(), ip + 8);
  std::ranges::copy(header.source.view(), ip + 24);
  icmp[0] = 1;  // destination unreachable
  icmp[1] = 3;  // address
  // The checksum covers a pseudo-header of addresses, length and protocol (RFC 8200 section 8.1).
  std::uint32_t sum = add_to_checksum(static_cast<std::uint32_t>(payload) + kProtocolIcmpV6, {ip + 8, 32});
  store_be(icmp + 2, finish_checksum(add_to_checksum(sum, {icmp, payload})));
  return {ip, kIpv6HeaderBytes + payload};
}

}  // namespace

std::optional<MutableByteView> make_unreachable(MutableByteView packet) {
  const auto header = parse_ip(packet);
  if (!header || !is_host(header->source) || !is_host(header->destination)) return std::nullopt;
  const ByteView whole = packet.first(header->packet_bytes);
  if (header->source.is_v4()) {
    if (!may_answer_v4(whole)) return std::nullopt;
    return put_v4(packet, *header);
  }
  if (!may_answer_v6(whole)) return std::nullopt;
  return put_v6(packet, *header);
}

bool UnreachableLimiter::allow(Instant now) {
  constexpr Duration kCost = std::chrono::nanoseconds(std::chrono::seconds(1)) / kPerSecond;
  credit_ = last_ == Instant::min() ? kCost * kBurst : std::min(kCost * kBurst, credit_ + (now - last_));
  last_ = now;
  if (credit_ < kCost) return false;
  credit_ -= kCost;
  return true;
}

}  // namespace smeg::datapath
