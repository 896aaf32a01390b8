// The sessions of one peer: previous, current and next, so that a new one takes over without a gap.
#pragma once

#include <array>

#include "wireguard/keypair.h"

namespace smeg::wireguard {

// Control thread. We send with the current one and receive with all three. An initiator's new session is current at
// once; a responder's waits as next until the peer has shown, by sending with it, that it got the response.
class SessionSlots {
 public:
  void add(KeypairPtr fresh);
  // The peer sent with the session of that local index: true where it was the next one and is now the current one.
  bool confirm(std::uint32_t local_index);
  void clear() { slots_ = {}; }
  // Nothing is sent with any of them any more.
  void stop_sending();

  const KeypairPtr& current() const { return slots_[kCurrent]; }
  const KeypairPtr& previous() const { return slots_[kPrevious]; }
  const KeypairPtr& next() const { return slots_[kNext]; }
  // Null where a slot is empty.
  const std::array<KeypairPtr, 3>& all() const { return slots_; }
  // The current one, if it may still send; null otherwise.
  Keypair* sending(Instant now) const { return current() && current()->can_send(now) ? current().get() : nullptr; }

 private:
  enum Slot : std::size_t { kPrevious, kCurrent, kNext };
  std::array<KeypairPtr, 3> slots_;
};

}  // namespace smeg::wireguard
