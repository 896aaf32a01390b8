// Every loop, queue, table and string that the outside can make longer has its limit here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smeg::limits {

// Meshes and members
inline constexpr std::size_t kMeshesPerHost = 64;
inline constexpr std::size_t kMembersPerMesh = 16'384;
inline constexpr std::size_t kAliasBytes = 63;         // one DNS label, RFC 1035
inline constexpr std::size_t kMeshNameBytes = 63;
inline constexpr std::size_t kDescriptionBytes = 256;
inline constexpr std::size_t kEndpointsPerRecord = 8;
inline constexpr std::size_t kHostNameBytes = 253;     // RFC 1035
inline constexpr std::size_t kRecordBytes = 4'096;
inline constexpr std::size_t kCertificateBytes = 4'096;
inline constexpr std::size_t kPrefixesPerCertificate = 16;

// Trust
inline constexpr std::size_t kRootSteps = 64;
inline constexpr std::size_t kDelegations = 1'024;
inline constexpr std::size_t kStatementBytes = 8'192;
inline constexpr std::size_t kInvites = 1'024;
inline constexpr std::size_t kInviteUses = 65'535;
inline constexpr std::size_t kTokenBytes = 2'048;
inline constexpr std::size_t kRemovals = 65'536;

// Sessions between hosts
inline constexpr std::size_t kFrameBytes = 256 * 1'024;
inline constexpr std::size_t kSessions = 1'024;
inline constexpr std::size_t kUnauthenticatedSessions = 64;
inline constexpr std::size_t kSendQueueBytes = 8 * 1'024 * 1'024;
inline constexpr auto kHandshakeTimeout = std::chrono::seconds(10);

inline constexpr std::size_t kBeatsPerMessage = 64;
inline constexpr std::size_t kBeatBytes = 512;
inline constexpr unsigned kBadMessagesPerSession = 32;   // then it is closed

// WireGuard
inline constexpr std::size_t kWireguardPeers = 16'384;
inline constexpr std::size_t kAllowedIps = 262'144;            // of one device
inline constexpr std::size_t kStagedPacketsPerPeer = 128;      // waiting for a session; the oldest goes first
inline constexpr std::size_t kStagedBytes = 4 * 1'024 * 1'024; // of one device, all peers together
inline constexpr std::size_t kRateLimitedSources = 8'192;      // table of sources of handshake initiations
inline constexpr std::size_t kUapiLineBytes = 256;             // the longest line that means anything has 83
inline constexpr std::size_t kUapiLines = 1'048'576;           // of one request or reply
inline constexpr std::size_t kBatchPackets = 128;              // of one batch of the data path
inline constexpr std::size_t kPacketBytes = 65'535;            // of one IP packet or UDP datagram

// Control socket
inline constexpr std::size_t kControlLineBytes = 64 * 1'024;
inline constexpr std::size_t kControlReplyBytes = 64 * 1'024 * 1'024;
inline constexpr std::size_t kControlClients = 64;
inline constexpr std::size_t kJsonDepth = 16;
inline constexpr std::size_t kRpcIdBytes = 64;
inline constexpr std::size_t kPassphraseBytes = 1'024;
inline constexpr std::size_t kSealedBytes = 32 * 1'024;

// Configuration and state files
inline constexpr std::size_t kConfigurationBytes = 1'024 * 1'024;
inline constexpr std::size_t kConfigurationProblems = 64;
inline constexpr std::size_t kStateFileBytes = 64 * 1'024 * 1'024;

// The core: no call takes longer than this; a longer piece of work is cut
inline constexpr auto kCoreCall = std::chrono::milliseconds(5);

}  // namespace smeg::limits
