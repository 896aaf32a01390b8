// ICMPv6 echo requests (RFC 4443 section 4): to one address, and hop by hop on the way there. Sockets of the
// unprivileged kind where the kernel has them (ping_group_range), else raw ones, for root.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "control/control.h"
#include "io/io.h"

namespace smeg::ctl {

using Clock = std::chrono::steady_clock;

inline constexpr std::size_t kEchoPayload = 56;       // as ping's
inline constexpr std::size_t kEchoOverhead = 40 + 8;  // IPv6's header and ICMPv6's
inline constexpr std::size_t kEchoMostPayload = 65'535 - 8;

// Sends echo requests to one address and takes the answers.
class Echo {
 public:
  explicit Echo(const addr::IpAddress& to);

  // forbidden where this user may not; unavailable where there is no way to the address.
  Result<void> open();
  // The packet is never fragmented here.
  Result<void> send(std::uint16_t sequence, std::size_t payload = kEchoPayload);

  // The next answer before the deadline: its sequence number and round trip. Nothing if there is none.
  struct Answer {
    std::uint16_t sequence;
    std::size_t bytes;
    double rtt_ms;
  };
  std::optional<Answer> receive(Clock::time_point deadline);
  // What the kernel holds for the largest packet that passes, in bytes; nothing where it can't say.
  std::optional<std::size_t> path_mtu() const;

 private:
  static constexpr std::size_t kRememberedSends = 1'024;

  addr::IpAddress to_;
  bool raw_ = false;  // before the socket, whose making decides it
  io::Descriptor socket_;
  std::array<Clock::time_point, kRememberedSends> sent_at_{};
};

// Asks hosts on the way, by hop limits; the errors that routers send back are read from the socket's queue.
class Probe {
 public:
  Probe();

  Result<void> open(const addr::IpAddress& to);
  control::TraceHop ask(int hop_limit, Duration patience);

 private:
  void drain();
  std::optional<control::TraceHop> take_reply(int hop_limit) const;
  std::optional<control::TraceHop> take_error() const;

  bool raw_ = false;  // before the socket, whose making decides it
  io::Descriptor socket_;
};

// Hop by hop until it arrives, ends, or nobody answers any more; seen, where given, is told of each hop at once.
std::vector<control::TraceHop> trace_way(Probe& probe, Duration patience,
                                         const std::function<void(std::size_t, const control::TraceHop&)>& seen = {});

}  // namespace smeg::ctl
