#include "datapath/ip.h"

namespace smeg::datapath {
namespace {

std::optional<IpHeader> parse_v4(ByteView bytes) {
  if (bytes.size() < kIpv4HeaderBytes) return std::nullopt;
  const std::size_t header_bytes = std::size_t{4} * (bytes[0] & 0x0f);
  const std::size_t total = load_be<std::uint16_t>(&bytes[2]);
  if (header_bytes < kIpv4HeaderBytes || total < header_bytes || total > bytes.size()) return std::nullopt;
  return IpHeader{*addr::IpAddress::from(bytes.subspan(12, 4)), *addr::IpAddress::from(bytes.subspan(16, 4)), total,
                  bytes[1]};
}

std::optional<IpHeader> parse_v6(ByteView bytes) {
  if (bytes.size() < kIpv6HeaderBytes) return std::nullopt;
  const std::size_t total = kIpv6HeaderBytes + load_be<std::uint16_t>(&bytes[4]);
  if (total > bytes.size()) return std::nullopt;
  const auto traffic_class = static_cast<std::uint8_t>((bytes[0] << 4) | (bytes[1] >> 4));
  return IpHeader{*addr::IpAddress::from(bytes.subspan(8, 16)), *addr::IpAddress::from(bytes.subspan(24, 16)), total,
                  traffic_class};
}

}  // namespace

std::optional<IpHeader> parse_ip(ByteView bytes) {
  if (bytes.empty()) return std::nullopt;
  switch (bytes[0] >> 4) {
    case 4: return parse_v4(bytes);
    case 6: return parse_v6(bytes);
  }
  return std::nullopt;
}

std::uint8_t outer_traffic_class(std::uint8_t inner) {
  const std::uint8_t ecn = inner & kEcnMask;
  return ecn == kEcnCongestion ? kEcnCapable : ecn;
}

void mark_congestion(MutableByteView packet, std::uint8_t outer) {
  if ((outer & kEcnMask) != kEcnCongestion) return;
  const bool v4 = packet[0] >> 4 == 4;
  std::uint8_t& byte = packet[1];
  const unsigned shift = v4 ? 0 : 4;
  if (((byte >> shift) & kEcnMask) == 0) return;
  const std::uint8_t before = byte;
  byte = static_cast<std::uint8_t>(byte | (kEcnCongestion << shift));
  if (!v4) return;
  // RFC 1624: the new checksum from the old one and what changed.
  const std::uint32_t old_sum = load_be<std::uint16_t>(&packet[10]);
  const std::uint32_t sum = (~old_sum & 0xffff) + (~std::uint32_t{before} & 0xffff) + byte;
  store_be(&packet[10], finish_checksum(sum));
}

std::uint32_t add_to_checksum(std::uint32_t sum, ByteView bytes) {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += load_be<std::uint16_t>(&bytes[at]);
  if (at < bytes.size()) sum += std::uint32_t{bytes[at]} << 8;
  return sum;
}

std::uint16_t finish_checksum(std::uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace smeg::datapath
