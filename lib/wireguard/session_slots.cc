#include "wireguard/session_slots.h"

namespace smeg::wireguard {

void SessionSlots::add(KeypairPtr fresh) {
  adopt_confirmed();
  auto& [previous, current, next] = slots_;
  if (fresh->role() == Role::initiator) {
    // A session that the peer began meanwhile may be in use on its side already: it stays for receiving.
    previous = next ? std::move(next) : std::move(current);
    next = nullptr;
    current = std::move(fresh);
  } else {
    next = std::move(fresh);
  }
}

bool SessionSlots::adopt_confirmed() {
  auto& [previous, current, next] = slots_;
  if (!next || !next->confirmed()) return false;
  next->adopt();
  previous = std::move(current);
  current = std::move(next);
  next = nullptr;
  return true;
}

void SessionSlots::stop_sending() {
  for (const KeypairPtr& keypair : slots_)
    if (keypair) keypair->stop_sending();
}

}  // namespace smeg::wireguard
