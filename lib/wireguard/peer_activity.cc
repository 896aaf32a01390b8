#include "wireguard/peer_activity.h"

namespace smeg::wireguard {

bool PeerActivity::data_sent(std::uint64_t bytes, Instant now) {
  keepalive_sent(bytes, now);
  set_first(awaiting_since_, now);
  return !watched();
}

void PeerActivity::keepalive_sent(std::uint64_t bytes, Instant now) {
  tx_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  traversed(now);
  if (owing_since() != kNever) forget_owed();
}

bool PeerActivity::data_received(std::uint64_t bytes, Instant now) {
  keepalive_received(bytes, now);
  set_first(owing_since_, now);
  return !watched();
}

void PeerActivity::keepalive_received(std::uint64_t bytes, Instant now) {
  rx_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  traversed(now);
  if (awaiting_since() != kNever) forget_awaited();
}

void PeerActivity::set_first(std::atomic<Instant::rep>& to, Instant now) {
  Instant::rep expected = kNone;
  if (to.load(std::memory_order_relaxed) != kNone) return;
  to.compare_exchange_strong(expected, now.time_since_epoch().count());
}

}  // namespace smeg::wireguard
