#include "wireguard/timers.h"

#include <algorithm>

namespace smeg::wireguard {
namespace {

Instant after(Instant since, Duration duration) { return since == kNever ? kNever : since + duration; }

}  // namespace

void Timers::handshake_ended() {
  give_up_at_ = kNever;
  retry_at_ = kNever;
}

void Timers::watch(Instant now, Duration jitter) {
  silence_jitter_ = jitter;
  activity_->start_watching();
  look(now);
}

Instant Timers::silent_at() const {
  return after(activity_->awaiting_since(), timing_.keepalive_timeout + timing_.rekey_timeout + silence_jitter_);
}

Instant Timers::keepalive_at() const { return after(activity_->owing_since(), timing_.keepalive_timeout); }

Instant Timers::persistent_at() const {
  if (persistent_ == std::chrono::seconds(0)) return kNever;
  return std::max(after(activity_->last_traversal(), persistent_), persistent_not_before_);
}

// Sets when to look again. A packet that comes after this look can't be due before keepalive_timeout from now.
void Timers::look(Instant now) {
  const auto nothing_to_wait_for = [&] { return silent_at() == kNever && keepalive_at() == kNever; };
  if (nothing_to_wait_for()) {
    activity_->stop_watching();
    look_at_ = kNever;
    if (nothing_to_wait_for()) return;
    activity_->start_watching();
  }
  look_at_ = std::min({silent_at(), keepalive_at(), now + timing_.keepalive_timeout});
}

Instant Timers::next_deadline() const {
  return std::min({give_up_at_, retry_at_, zero_keys_at_, look_at_, persistent_at()});
}

std::optional<TimerEvent> Timers::take_due(Instant now, Duration jitter) {
  if (const auto event = handshake_due(now)) return event;
  return activity_due(now, jitter);
}

std::optional<TimerEvent> Timers::handshake_due(Instant now) {
  if (now >= give_up_at_) {
    handshake_ended();
    if (zero_keys_at_ == kNever) zero_keys_at_ = now + timing_.zero_keys_after();
    return TimerEvent::give_up;
  }
  if (now >= retry_at_) {
    retry_at_ = kNever;
    return TimerEvent::retry_handshake;
  }
  if (now >= zero_keys_at_) {
    zero_keys_at_ = kNever;
    return TimerEvent::zero_keys;
  }
  return std::nullopt;
}

std::optional<TimerEvent> Timers::activity_due(Instant now, Duration jitter) {
  if (now >= look_at_) {
    if (now >= silent_at()) {
      activity_->forget_awaited();
      silence_jitter_ = jitter;
      return TimerEvent::peer_silent;
    }
    if (now >= keepalive_at()) {
      activity_->forget_owed();
      return TimerEvent::keepalive;
    }
    look(now);
  }
  if (now >= persistent_at()) {
    persistent_not_before_ = now + persistent_;
    return TimerEvent::persistent_keepalive;
  }
  return std::nullopt;
}

}  // namespace smeg::wireguard
