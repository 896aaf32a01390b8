// How long things last, as far as a peer can see it.
#pragma once

#include "base/base.h"
#include "wireguard/constants.h"

namespace smeg::wireguard {

// The protocol's times (WireGuard paper, section 6.1). A device goes by the defaults, save in tests of what takes the
// protocol minutes, which scale them all.
struct Timing {
  Duration rekey_after = kRekeyAfterTime;
  Duration reject_after = kRejectAfterTime;
  Duration rekey_attempt = kRekeyAttemptTime;
  Duration rekey_timeout = kRekeyTimeout;
  Duration rekey_timeout_jitter = kRekeyTimeoutJitter;
  Duration keepalive_timeout = kKeepaliveTimeout;

  // That many times faster.
  static constexpr Timing faster(int times) {
    Timing out;
    for (Duration* each : {&out.rekey_after, &out.reject_after, &out.rekey_attempt, &out.rekey_timeout,
                           &out.rekey_timeout_jitter, &out.keepalive_timeout})
      *each /= times;
    return out;
  }

  // After this without a new session all keys of a peer are wiped (section 6.3).
  constexpr Duration zero_keys_after() const { return 3 * reject_after; }
  // An initiator that receives on a session this old asks for a new one (section 6.2).
  constexpr Duration last_minute_rekey() const { return reject_after - keepalive_timeout - rekey_timeout; }
};

}  // namespace smeg::wireguard
