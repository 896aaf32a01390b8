// Packets where they lie: the shell owns the memory, the data path works in it and copies nothing.
#pragma once

#include <array>
#include <cstdint>

#include "wireguard/wireguard.h"

namespace smeg::datapath {

// What a buffer holds free before and behind an IP packet that goes out: room for WireGuard's header, or for the IP and
// ICMP headers of an answer, and a multiple of the cache line; padding and tag.
inline constexpr std::size_t kHeadroomBytes = 64;
inline constexpr std::size_t kTailroomBytes = wireguard::kPadding - 1 + wireguard::kTagBytes;

// Events of one batch for the control thread. The same event for one peer appears once in a batch, save for packets.
using Events = std::vector<wireguard::WorkerEvent>;

// Why packets and datagrams were dropped, for metrics.
enum class Drop : std::uint8_t {
  malformed,        // no IP packet, or no message of the protocol
  no_peer,          // no allowed-ip holds the destination
  no_endpoint,      // the peer's endpoint isn't known
  unknown_session,  // no session has that index
  expired_session,
  inauthentic,
  replayed,      // a repeat, or too old
  wrong_source,  // the inner source isn't one of the peer's allowed-ips
};
inline constexpr std::size_t kDropKinds = 8;

class DropCounters {
 public:
  void count(Drop why) { ++counts_[static_cast<std::size_t>(why)]; }
  std::uint64_t of(Drop why) const { return counts_[static_cast<std::size_t>(why)]; }

 private:
  std::array<std::uint64_t, kDropKinds> counts_{};
};

}  // namespace smeg::datapath
