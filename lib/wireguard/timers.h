// The deadlines of one peer (WireGuard paper, section 6; the kernel's timers.c where the paper is silent).
#pragma once

#include <memory>
#include <optional>

#include "wireguard/peer_activity.h"
#include "wireguard/timing.h"

namespace smeg::wireguard {

// What is due.
enum class TimerEvent {
  give_up,               // nobody answered for Timing::rekey_attempt
  retry_handshake,       // no answer to the last initiation
  zero_keys,             // no new session for Timing::zero_keys_after()
  peer_silent,           // a packet was sent keepalive_timeout + rekey_timeout ago, and nothing came since
  keepalive,             // a packet came keepalive_timeout ago, and nothing was sent since
  persistent_keepalive,  // nothing moved for as long as the operator configured
};

// Control thread. Knows the handshakes by the calls below, and the packets, which pass through the workers, by
// PeerActivity: it looks there when one of the deadlines may be reached, and at least every keepalive_timeout while
// there is something to wait for, so that each deadline is met exactly.
class Timers {
 public:
  // jitter: up to Timing::rekey_timeout_jitter, drawn anew for each call that takes one.
  explicit Timers(std::shared_ptr<PeerActivity> activity, const Timing& timing = {})
      : activity_(std::move(activity)), timing_(timing) {}

  // Zero turns it off.
  void set_persistent_keepalive(std::chrono::seconds interval) { persistent_ = interval; }
  std::chrono::seconds persistent_keepalive() const { return persistent_; }

  // Somebody wants a session: the time to give up counts from here.
  void session_wanted(Instant now) { give_up_at_ = now + timing_.rekey_attempt; }
  void initiation_sent(Instant now, Duration jitter) { retry_at_ = now + timing_.rekey_timeout + jitter; }
  // It can't be sent before then, since the last one is too young.
  void initiation_held_back(Instant until) {
    if (retry_at_ == kNever) retry_at_ = until;
  }
  void handshake_ended();
  void session_derived(Instant now) { zero_keys_at_ = now + timing_.zero_keys_after(); }
  // A worker asks to look at the activity (TimersWanted).
  void watch(Instant now, Duration jitter);

  Instant next_deadline() const;
  // One thing that is due, marked as done; call it until there is none.
  std::optional<TimerEvent> take_due(Instant now, Duration jitter);

 private:
  void look(Instant now);
  std::optional<TimerEvent> handshake_due(Instant now);
  std::optional<TimerEvent> activity_due(Instant now, Duration jitter);
  Instant persistent_at() const;
  Instant silent_at() const;
  Instant keepalive_at() const;

  std::shared_ptr<PeerActivity> activity_;
  Timing timing_;
  std::chrono::seconds persistent_{0};
  Instant persistent_not_before_ = Instant::min();
  Instant give_up_at_ = kNever;
  Instant retry_at_ = kNever;
  Instant zero_keys_at_ = kNever;
  Instant look_at_ = kNever;  // kNever: not watching
  Duration silence_jitter_{0};
};

}  // namespace smeg::wireguard
