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
  // Makes the next one the current one, if it is confirmed: true where it was.
  bool adopt_confirmed();
  void clear() { slots_ = {}; }
  // Nothing is sent with any of them any more.
  void stop_sending();

  const KeypairPtr& current() const { return slots_[kCurrent]; }
  const KeypairPtr& previous() const { return slots_[kPrevious]; }
  const KeypairPtr& next() const { return slots_[kNext]; }
  // Null where a slot is empty.
  const std::array<KeypairPtr, 3>& all() const { return slots_; }
  // The one that messages go out with, if it may still send; null otherwise.
  Keypair* sending(Instant now) const {
    const KeypairPtr& session = next() && next()->confirmed() ? next() : current();
    return session && session->can_send(now) ? session.get() : nullptr;
  }

 private:
  enum Slot : std::size_t { kPrevious, kCurrent, kNext };
  std::array<KeypairPtr, 3> slots_;
};

}  // namespace smeg::wireguard
