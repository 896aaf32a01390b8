// What the workers note of a peer for the control thread: traffic, and the times that its timers go by.
#pragma once

#include <atomic>

#include "wireguard/path.h"

namespace smeg::wireguard {

// Shared by all threads; every member is atomic and stands by itself. The workers only write times down, so that the
// path of a packet has no timer; the control thread turns them into deadlines (timers.h). The methods that return bool
// ask for that: where they return true, the caller sends the control thread a TimersWanted event. They do until the
// control thread has begun to watch, so that it doesn't matter if an event is lost.
class PeerActivity {
 public:
  // A datagram with a packet in it, or an empty one (keepalive), or a handshake message was sent; bytes of UDP payload.
  [[nodiscard]] bool data_sent(std::uint64_t bytes, Instant now);
  void keepalive_sent(std::uint64_t bytes, Instant now);
  void handshake_sent(std::uint64_t bytes, Instant now) { keepalive_sent(bytes, now); }

  // The same received, authentic and not a repeat.
  [[nodiscard]] bool data_received(std::uint64_t bytes, Instant now);
  void keepalive_received(std::uint64_t bytes, Instant now);
  void handshake_received(std::uint64_t bytes, Instant now) { keepalive_received(bytes, now); }

  std::uint64_t rx_bytes() const { return rx_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t tx_bytes() const { return tx_bytes_.load(std::memory_order_relaxed); }

  // For the control thread. kNever: nothing is awaited or owed.
  // The first packet sent since the last authentic datagram came.
  Instant awaiting_since() const { return load(awaiting_since_); }
  // The first packet that came since we last sent anything.
  Instant owing_since() const { return load(owing_since_); }
  // The last authentic datagram in either direction.
  Instant last_traversal() const { return load(last_traversal_); }
  void forget_awaited() { awaiting_since_.store(kNone, std::memory_order_relaxed); }
  void forget_owed() { owing_since_.store(kNone, std::memory_order_relaxed); }
  // While it watches, the control thread looks at the times by itself. It reads them once more after it has stopped, so
  // that no packet falls in between (sequentially consistent, as are the stores that matter).
  bool watched() const { return watched_.load(); }
  void stop_watching() { watched_.store(false); }
  void start_watching() { watched_.store(true); }

 private:
  static constexpr Instant::rep kNone = kNever.time_since_epoch().count();

  static Instant load(const std::atomic<Instant::rep>& from) {
    return Instant(Duration(from.load(std::memory_order_relaxed)));
  }
  static void set_first(std::atomic<Instant::rep>& to, Instant now);
  void traversed(Instant now) { last_traversal_.store(now.time_since_epoch().count(), std::memory_order_relaxed); }

  std::atomic<std::uint64_t> rx_bytes_{0};
  std::atomic<std::uint64_t> tx_bytes_{0};
  std::atomic<Instant::rep> awaiting_since_{kNone};
  std::atomic<Instant::rep> owing_since_{kNone};
  std::atomic<Instant::rep> last_traversal_{kNone};
  std::atomic<bool> watched_{false};
};

}  // namespace smeg::wireguard
