// Every loop, queue, table and string that the outside can make longer has its limit here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smeg::limits {

// Meshes and members
inline constexpr std::size_t kMeshesPerHost = 64;
inline constexpr std::size_t kMembersPerMesh = 16'384;
inline constexpr std::size_t kAliasBytes = 63;  // one DNS label, RFC 1035
inline constexpr std::size_t kMeshNameBytes = 63;
inline constexpr std::size_t kDescriptionBytes = 256;
inline constexpr std::size_t kEndpointsPerRecord = 8;
inline constexpr std::size_t kHostNameBytes = 253;  // RFC 1035
inline constexpr std::size_t kGuestsPerMember = 32;
inline constexpr std::size_t kServicesPerMember = 16;
inline constexpr std::size_t kServiceNameBytes = 15;      // RFC 6335 section 5.1
inline constexpr std::size_t kServiceTexts = 8;           // of one service
inline constexpr std::size_t kServiceTextBytes = 255;     // of one, KEY=VALUE: a character-string, RFC 1035
inline constexpr std::size_t kServicesTextBytes = 1'024;  // of all services of a member together
inline constexpr std::size_t kRecordBytes = 10'240;       // the fullest record has about 9,000
inline constexpr std::size_t kKemKeyBytes = 2'048;
inline constexpr std::size_t kSoftwareBytes = 64;
inline constexpr std::uint64_t kCounterEnd = std::uint64_t{1} << 62;  // of records: never reached, nowhere near a wrap
inline constexpr std::size_t kItemBytes = 16 * 1'024;                 // one serialised thing of a mesh
inline constexpr std::size_t kCertificateBytes = 4'096;
inline constexpr std::size_t kPrefixesPerCertificate = 16;

// Hosts that ask to be admitted without an invite
inline constexpr std::size_t kJoinRequests = 64;                        // that wait at one host, of one mesh
inline constexpr std::size_t kJoinRequestsPerSource = 4;                // of one IPv6 /64 or IPv4 address
inline constexpr std::size_t kJoinDecisions = 1'024;                    // of one mesh that are remembered
inline constexpr std::size_t kJoinNoteBytes = 128;                      // what the asking host says of itself
inline constexpr std::size_t kJoinAsks = 16;                            // meshes that one host asks to be let into
inline constexpr auto kJoinRequestLife = std::chrono::minutes(60);      // since it was last asked
inline constexpr auto kJoinAsksApart = std::chrono::seconds(5);         // of one that asks again
inline constexpr auto kJoinAsksApartAtMost = std::chrono::seconds(60);  // likewise, later on

// Trust
inline constexpr std::size_t kRootSteps = 64;
inline constexpr std::size_t kDelegations = 1'024;
inline constexpr std::size_t kStatementBytes = 8'192;
inline constexpr std::size_t kInvites = 1'024;
inline constexpr std::size_t kInviteUses = 65'535;
inline constexpr std::size_t kTokenBytes = 2'048;
inline constexpr std::size_t kRemovals = 65'536;
inline constexpr std::size_t kStatements = 4'096;             // of the root, in force
inline constexpr std::size_t kRootStepBytes = 96 * 1'024;     // names every statement that goes over
inline constexpr std::size_t kAliasGrants = 64;               // of a delegation or an invite
inline constexpr std::size_t kNumbersSeen = 65'536;           // certificate numbers and who has them
inline constexpr std::size_t kVerifiedCertificates = 32'768;  // signatures that were found good
inline constexpr std::size_t kRedemptions = 16'384;           // certificates that an issuer can repeat
inline constexpr std::size_t kSealedBytes = 64 * 1'024;       // a file encrypted with a passphrase

// Routes between meshes
inline constexpr std::size_t kCredentialBytes = 4'096;   // what shows a member to those of another mesh
inline constexpr std::size_t kRoutesPerMember = 512;     // prefixes that it says something about in one mesh
inline constexpr std::size_t kWithdrawnPerMember = 256;  // of which it has taken its word back: the newest
inline constexpr std::size_t kRoutesPerTeller = 256;  // of what one member tells, that a bridge passes on into one mesh
inline constexpr std::size_t kRoutesPerMesh = 16'384;    // of all members
inline constexpr std::size_t kRouteBytes = 128 * 1'024;  // one prefix, with its whole path
inline constexpr std::uint32_t kExitWeight = 1'000;      // the most that an exit may weigh against others
inline constexpr std::size_t kKnownCredentials = 4'096;  // that were found good

// Sessions between hosts
inline constexpr std::size_t kFrameBytes = 256 * 1'024;
inline constexpr std::size_t kSessions = 1'024;
inline constexpr std::size_t kUnauthenticatedSessions = 64;
inline constexpr std::size_t kSendQueueBytes = 8 * 1'024 * 1'024;
inline constexpr std::size_t kSessionInboxBytes = 1'024 * 1'024;  // read, and not yet dealt with by the core
inline constexpr std::size_t kDialAttempts = 32;                  // addresses tried in one dial
inline constexpr auto kHandshakeTimeout = std::chrono::seconds(10);

inline constexpr std::size_t kInboxItems = 65'536;  // items of one mesh that wait to be checked
inline constexpr std::size_t kRefusalBytes = 512;   // of another host's words that are shown
inline constexpr std::size_t kBeatsPerMessage = 64;
inline constexpr std::size_t kBeatBytes = 1'024;
inline constexpr std::size_t kAccusationsPerMessage = 64;
inline constexpr std::size_t kAccusationBytes = 256;
inline constexpr unsigned kBadMessagesPerSession = 32;  // then it is closed

// WireGuard
inline constexpr std::size_t kWireguardPeers = 16'384;
inline constexpr std::size_t kAllowedIps = 262'144;             // of one device
inline constexpr std::size_t kStagedPacketsPerPeer = 128;       // waiting for a session; the oldest goes first
inline constexpr std::size_t kStagedBytes = 4 * 1'024 * 1'024;  // of one device, all peers together
inline constexpr std::size_t kRateLimitedSources = 8'192;       // table of sources of handshake initiations
inline constexpr std::size_t kUapiLineBytes = 256;              // the longest line that means anything has 83
inline constexpr std::size_t kUapiLines = 1'048'576;            // of one request or reply
inline constexpr std::size_t kBatchPackets = 128;               // of one batch of the data path
inline constexpr std::size_t kPacketBytes = 65'535;             // of one IP packet or UDP datagram
inline constexpr std::size_t kUdpSegments = 128;                // datagrams that the kernel hands over as one
inline constexpr std::size_t kEngineHandshakes = 4'096;         // waiting for the engine's control thread
inline constexpr std::size_t kEngineEvents = 8'192;             // likewise
inline constexpr std::size_t kUapiClients = 16;                 // of one engine
inline constexpr auto kUapiPatience = std::chrono::seconds(5);  // a client silent for longer makes room for another

// Control socket
inline constexpr std::size_t kControlLineBytes = 128 * 1'024;  // a request; the longest carries a sealed root key
inline constexpr std::size_t kControlReplyBytes = 64 * 1'024 * 1'024;
inline constexpr std::size_t kControlClients = 64;
inline constexpr auto kControlWriteTimeout = std::chrono::seconds(10);   // for a client to take a line
inline constexpr auto kNoticeInterval = std::chrono::milliseconds(100);  // between two notices to one client
inline constexpr std::size_t kJsonDepth = 16;
inline constexpr std::size_t kInterfacesPerMesh = 16;
inline constexpr std::size_t kProblemsShown = 64;
inline constexpr std::size_t kRpcIdBytes = 64;
inline constexpr std::size_t kPassphraseBytes = 1'024;

// Configuration and state files
inline constexpr std::size_t kConfigurationBytes = 1'024 * 1'024;
inline constexpr std::size_t kConfigurationProblems = 64;
inline constexpr std::size_t kConfigurationDepth = 16;
inline constexpr std::size_t kListenAddresses = 16;
inline constexpr std::size_t kPathBytes = 4'095;      // PATH_MAX without its zero byte
inline constexpr std::size_t kSocketPathBytes = 107;  // sun_path without its zero byte
inline constexpr std::size_t kStateFileBytes = 64 * 1'024 * 1'024;

// The operating system
inline constexpr std::size_t kInterfaceNameBytes = 15;        // IFNAMSIZ without its zero byte
inline constexpr unsigned kEngineSilences = 3;                // observations in a row before an engine is given up
inline constexpr unsigned kDumpRetries = 8;                   // of a netlink dump that a change interrupted
inline constexpr std::size_t kNetlinkMessages = 4'000'000;    // of one reply: a full routing table and more
inline constexpr std::size_t kNetlinkChangesPerCall = 4'096;  // notifications read at once
inline constexpr std::size_t kPeersPerTransaction = 256;      // changes of a device sent in one request
inline constexpr std::size_t kKernelTextBytes = 512;          // of an explanation that the kernel gives
inline constexpr std::size_t kProcessLineBytes = 4'096;       // of another process's command line

// The core: no call takes longer than this; a longer piece of work is cut
inline constexpr auto kCoreCall = std::chrono::milliseconds(5);

}  // namespace smeg::limits
