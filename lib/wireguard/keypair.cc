#include "wireguard/keypair.h"

#include "wireguard/flag_lock.h"

namespace smeg::wireguard {

Keypair::Keypair(PeerId peer, std::uint32_t local_index, std::uint32_t remote_index, Role role, const SessionKeys& keys,
                 Instant created, const Timing& timing, std::uint64_t first_counter)
    : peer_(peer),
      local_index_(local_index),
      remote_index_(remote_index),
      role_(role),
      created_(created),
      rekey_at_(created + timing.rekey_after),
      last_minute_at_(created + timing.last_minute_rekey()),
      reject_at_(created + timing.reject_after),
      rekey_timeout_(timing.rekey_timeout),
      keys_(keys),
      confirmed_(role == Role::initiator),
      adopted_(role == Role::initiator),
      rekey_requested_(Instant::min().time_since_epoch().count()),
      send_counter_(first_counter) {}

bool Keypair::can_send(Instant now) const {
  return now < reject_at_ && !stopped_.load(std::memory_order_relaxed) &&
         send_counter_.load(std::memory_order_relaxed) < kRejectAfterMessages;
}

std::optional<std::uint64_t> Keypair::take_counter(Instant now) {
  if (!can_send(now)) return std::nullopt;
  // Threads that get here together may pass the limit by their number; it leaves room for 2^13.
  return send_counter_.fetch_add(1, std::memory_order_relaxed);
}

bool Keypair::accept(std::uint64_t counter) {
  const FlagLock lock(window_lock_);
  return window_.accept(counter);
}

bool Keypair::is_old(Instant now) const {
  return (role_ == Role::initiator && now >= rekey_at_) ||
         send_counter_.load(std::memory_order_relaxed) >= kRekeyAfterMessages;
}

bool Keypair::rekey_after_send(Instant now) { return is_old(now) && claim_rekey_request(now); }

bool Keypair::rekey_after_receive(Instant now) {
  return role_ == Role::initiator && now >= last_minute_at_ && claim_rekey_request(now);
}

bool Keypair::claim_rekey_request(Instant now) {
  Instant::rep last = rekey_requested_.load(std::memory_order_relaxed);
  if (Instant(Duration(last)) > now - rekey_timeout_) return false;
  return rekey_requested_.compare_exchange_strong(last, now.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace smeg::wireguard
