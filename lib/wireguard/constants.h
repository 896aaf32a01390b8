// The numbers of the protocol, all in one place (WireGuard paper, sections 5 and 6; the kernel's messages.h where the
// paper is silent). Limits on what the outside may make longer stand in base/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smeg::wireguard {

// Section 6.1
inline constexpr std::uint64_t kRekeyAfterMessages = std::uint64_t{1} << 60;
inline constexpr std::uint64_t kRejectAfterMessages = ~std::uint64_t{0} - (std::uint64_t{1} << 13);
inline constexpr auto kRekeyAfterTime = std::chrono::seconds(120);
inline constexpr auto kRejectAfterTime = std::chrono::seconds(180);
inline constexpr auto kRekeyAttemptTime = std::chrono::seconds(90);
inline constexpr auto kRekeyTimeout = std::chrono::seconds(5);
inline constexpr auto kRekeyTimeoutJitter = std::chrono::milliseconds(333);
inline constexpr auto kKeepaliveTimeout = std::chrono::seconds(10);
inline constexpr unsigned kHandshakeAttempts = kRekeyAttemptTime / kRekeyTimeout;

// Sections 5.3 and 5.4.7
inline constexpr auto kCookieSecretLifetime = std::chrono::seconds(120);
inline constexpr auto kCookieLatency = std::chrono::seconds(5);
inline constexpr unsigned kInitiationsPerSecond = 20;  // of one source, under load
inline constexpr unsigned kInitiationsBurst = 5;
// No peer has its initiations looked at more often than this, whatever its timestamps say.
inline constexpr auto kInitiationInterval = std::chrono::milliseconds(20);
// Of two initiations that cross within this, the one of the lower public key is answered. (The paper leaves it open. If
// both were, each side would send with a session of its own; if neither were, both would wait for kRekeyTimeout.)
inline constexpr auto kCrossingTime = std::chrono::seconds(1);
// How long a device stays under load after its queue of handshake messages was long.
inline constexpr auto kLoadLasts = std::chrono::seconds(1);
// The queue is long from here on.
inline constexpr std::size_t kHandshakeBacklog = 512;

// Section 5.4: sizes on the wire
inline constexpr std::size_t kInitiationBytes = 148;
inline constexpr std::size_t kResponseBytes = 92;
inline constexpr std::size_t kCookieReplyBytes = 64;
inline constexpr std::size_t kDataHeaderBytes = 16;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kDataOverhead = kDataHeaderBytes + kTagBytes;
inline constexpr std::size_t kPadding = 16;

// What the overhead of an IPv6 path leaves of 1,500 bytes.
inline constexpr unsigned kDefaultMtu = 1'420;

// The IPv4 or IPv6 traffic class of handshake messages: DSCP AF41, ECN not capable.
inline constexpr std::uint8_t kHandshakeTrafficClass = 0x88;

// RFC 6479: bits of the window, of which one word is always being cleared.
inline constexpr std::size_t kReplayBits = 8'192;
inline constexpr std::size_t kReplayWindow = kReplayBits - 64;

}  // namespace smeg::wireguard
