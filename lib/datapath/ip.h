// As much of IPv4 and IPv6 headers as the data path has to know (RFC 791, RFC 8200, RFC 3168).
#pragma once

#include <optional>

#include "addr/addr.h"

namespace smeg::datapath {

inline constexpr std::size_t kIpv4HeaderBytes = 20;
inline constexpr std::size_t kIpv6HeaderBytes = 40;

struct IpHeader {
  addr::IpAddress source;
  addr::IpAddress destination;
  std::size_t packet_bytes = 0;    // as the header says, with it; at most what was there
  std::uint8_t traffic_class = 0;  // DSCP and ECN
};

// nullopt for anything that isn't an IPv4 or IPv6 packet or is cut short. Bytes behind the packet (padding) are
// allowed.
std::optional<IpHeader> parse_ip(ByteView bytes);

inline constexpr std::uint8_t kEcnMask = 3;
inline constexpr std::uint8_t kEcnCongestion = 3;
inline constexpr std::uint8_t kEcnCapable = 2;  // ECT(0)

// The outer traffic class for an inner one: its ECN, no DSCP; congestion met before the tunnel stays inside (RFC 6040
// section 4.1, compatibility mode of RFC 3168 section 9.1.1, as the kernel does).
std::uint8_t outer_traffic_class(std::uint8_t inner);
// Carries congestion met by the tunnel over to the packet, if that is capable of it. The packet has been parsed.
void mark_congestion(MutableByteView packet, std::uint8_t outer_traffic_class);

// The Internet checksum (RFC 1071) over bytes, starting from a sum; not yet complemented.
std::uint32_t add_to_checksum(std::uint32_t sum, ByteView bytes);
std::uint16_t finish_checksum(std::uint32_t sum);

}  // namespace smeg::datapath
