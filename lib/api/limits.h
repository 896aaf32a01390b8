// What programs that speak HTTP to us may make longer. The server's own limits are here too, so that all of them stand
// side by side.
#pragma once

#include <chrono>
#include <cstddef>

namespace smeg::limits {

// One request
inline constexpr std::size_t kHttpTargetBytes = 2'048;      // 414 beyond
inline constexpr std::size_t kHttpHeadBytes = 16 * 1'024;   // request line and fields; 431 beyond
inline constexpr std::size_t kHttpBodyBytes = 128 * 1'024;  // 413 beyond; the control socket takes no more either
inline constexpr std::size_t kQueryParameters = 16;         // of one request
inline constexpr auto kHttpRequestTime = std::chrono::seconds(10);   // from its first byte to its last
inline constexpr auto kHttpResponseTime = std::chrono::seconds(30);  // for a client to take a response
inline constexpr auto kHttpIdleTime = std::chrono::seconds(60);      // between two requests on one connection
inline constexpr auto kHttpLingerTime = std::chrono::seconds(1);     // for a client to read why it was refused

// All of them together
inline constexpr std::size_t kHttpConnections = 1'024;         // then the one that is silent longest makes room
inline constexpr std::size_t kHttpConnectionsPerClient = 512;  // from one address; likewise
inline constexpr std::size_t kCommandsInFlight = 16;           // of all clients; 503 beyond
inline constexpr std::size_t kCommandsInFlightPerToken = 8;    // so that others always find room; 429 beyond
inline constexpr unsigned kCommandsPerSecond = 20;             // of one token; 429 beyond
inline constexpr unsigned kCommandsAtOnce = 40;                // of one token that was quiet before
inline constexpr auto kCommandTime = std::chrono::minutes(2);  // for the daemon to carry one out

// Pages
inline constexpr std::size_t kPageDefault = 100;
inline constexpr std::size_t kPageMost = 1'000;

// Events
inline constexpr std::size_t kEventsKept = 4'096;                     // for those who come back with Last-Event-ID
inline constexpr std::size_t kEventBytesKept = 8 * 1'024 * 1'024;     // likewise
inline constexpr std::size_t kEventChunkBytes = 64 * 1'024;           // handed to one client at once
inline constexpr std::size_t kEventClients = 64;                      // 503 beyond
inline constexpr std::size_t kEventClientsPerToken = 16;              // 429 beyond
inline constexpr auto kHeartbeatInterval = std::chrono::seconds(15);  // a comment, so that proxies see life

// Tokens
inline constexpr std::size_t kApiTokens = 256;
inline constexpr std::size_t kApiTokenFileBytes = 64 * 1'024;

}  // namespace smeg::limits
