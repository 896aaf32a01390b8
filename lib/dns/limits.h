// What strangers may ask of the name server, at most.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smeg::limits {

inline constexpr std::size_t kDnsNameBytes = 255;  // RFC 1035 section 2.3.4, the root's zero included
inline constexpr std::size_t kDnsLabelBytes = 63;  // likewise
inline constexpr std::size_t kDnsLabels = 127;     // of a name of that length
inline constexpr std::size_t kDnsZoneBytes =
    64;  // of the zone's own name, so that a negative answer fits into 512 bytes
inline constexpr std::size_t kDnsKeyPrefixBytes = 8;  // of a member's key, at least, to stand for it: 40 bits

inline constexpr std::size_t kDnsQueryBytes = 4'096;       // a message that asks; a longer one is not answered
inline constexpr std::size_t kDnsPlainAnswerBytes = 512;   // by UDP, to who has no EDNS
inline constexpr std::size_t kDnsUdpAnswerBytes = 1'232;   // by UDP: what passes every IPv6 path unfragmented
inline constexpr std::size_t kDnsTcpAnswerBytes = 65'535;  // what fits behind a length of two bytes
inline constexpr std::size_t kDnsExtraRecords = 16;        // of a query, in its authority and additional sections

inline constexpr std::size_t kDnsRemoteServers = 4;     // name servers of bridges that are asked for one name
inline constexpr std::size_t kDnsRemoteRecords = 16;    // of their answers
inline constexpr std::uint32_t kDnsRemoteTtl = 60;      // seconds, at most, that one is kept
inline constexpr std::size_t kDnsRemoteCached = 4'096;  // answers that are kept
inline constexpr std::size_t kDnsRemotePending = 256;   // names that are being asked for
inline constexpr std::size_t kDnsRemoteWaiting = 64;    // clients that wait for one of them
inline constexpr auto kDnsRemotePatience = std::chrono::milliseconds(500);  // for each name server

inline constexpr std::uint32_t kDnsMaxTtl = 86'400;  // seconds

inline constexpr std::size_t kDnsRateSets = 4'096;      // of clients that are counted, four to a set
inline constexpr unsigned kDnsRateMax = 1'000'000;      // answers a second
inline constexpr std::size_t kDnsListenAddresses = 16;  // of the server

inline constexpr std::size_t kDnsTcpConnections = 256;          // at once
inline constexpr std::size_t kDnsTcpConnectionsPerClient = 16;  // as dns::client_of() tells them
inline constexpr auto kDnsTcpIdle = std::chrono::seconds(10);   // between two messages, and for one to be taken
inline constexpr std::size_t kDnsTcpOutputBytes = 128 * 1'024;  // written and not yet taken: then no more is read

}  // namespace smeg::limits
