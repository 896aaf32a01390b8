// What sessions would cost on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/base.h"

namespace smeg::sim {

// IP bytes of a host, as a capture on its interface would count them, without the link's header.
struct Traffic {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t messages = 0;  // sent, each once
};

// The model, for TLS 1.3 over TCP over IPv6:
//   a packet            40 B of IPv6, 32 B of TCP with timestamps, up to 1,428 B of payload (an MTU of 1,500)
//   a message           4 B of frame header (wire/frame.h), and 22 B for each TLS record of up to 16 KiB
//   an acknowledgement  72 B: for every second packet at once, else after 40 ms in which nothing went the other way
//   opening             a SYN each way of 80 B; about 1,500 B of TLS each way (mutual, Ed25519), in two packets
//   closing             a TLS alert of 24 B and the FIN in one packet each way; a reset has 60 B
namespace cost {

inline constexpr std::size_t kHeaders = 72;
inline constexpr std::size_t kPayload = 1'428;
inline constexpr std::size_t kFrameHeader = 4;
inline constexpr std::size_t kRecord = 22;
inline constexpr std::size_t kRecordPayload = 16'384;
inline constexpr std::size_t kSyn = 80;
inline constexpr std::size_t kReset = 60;
inline constexpr std::size_t kHandshake = 1'500 + 2 * kHeaders;
inline constexpr std::size_t kFin = kHeaders + 24;
inline constexpr Duration kDelayedAck = std::chrono::milliseconds(40);

// Of a message's stream bytes.
constexpr std::size_t stream_bytes(std::size_t message) {
  const std::size_t plain = message + kFrameHeader;
  return plain + kRecord * ((plain + kRecordPayload - 1) / kRecordPayload);
}
constexpr std::size_t packets(std::size_t message) { return (stream_bytes(message) + kPayload - 1) / kPayload; }
constexpr std::size_t wire_bytes(std::size_t message) { return stream_bytes(message) + kHeaders * packets(message); }

}  // namespace cost

// Job: counts the acknowledgements that one end of a connection would send. Caller: Network.
class DelayedAck {
 public:
  // So many packets came; gives the acknowledgements that were sent for themselves by then.
  std::size_t on_received(std::size_t packets, Instant now) {
    std::size_t sent = on_silence(now);
    pending_ += packets;
    sent += pending_ / 2;
    pending_ %= 2;
    if (pending_ > 0) due_ = now + cost::kDelayedAck;
    return sent;
  }
  // This end sends something: what is pending goes with it, unless it went before.
  std::size_t on_sent(Instant now) {
    const std::size_t sent = on_silence(now);
    pending_ = 0;
    return sent;
  }
  // Nothing was sent until now.
  std::size_t on_silence(Instant now) {
    if (pending_ == 0 || now < due_) return 0;
    pending_ = 0;
    return 1;
  }

 private:
  std::size_t pending_ = 0;  // packets without an acknowledgement: 0 or 1 between calls
  Instant due_{};
};

}  // namespace smeg::sim
