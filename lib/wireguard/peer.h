// One peer of a device, as the control thread holds it.
#pragma once

#include <optional>

#include "wireguard/accepted_ips.h"
#include "wireguard/cookie.h"
#include "wireguard/noise.h"
#include "wireguard/session_slots.h"
#include "wireguard/staged_packets.h"
#include "wireguard/timers.h"

namespace smeg::wireguard {

// Owned by PeerTable. Data alone: the device says what happens to it.
struct Peer {
  Peer(PeerId peer_id, const crypto::WgPublicKey& key, StagingBudget& budget, const Timing& timing)
      : id(peer_id), public_key(key), cookies(key), timers(activity, timing), staged(budget) {}

  const PeerId id;
  const crypto::WgPublicKey public_key;
  crypto::PresharedKey preshared_key;
  const std::shared_ptr<PeerPath> path = std::make_shared<PeerPath>();
  const std::shared_ptr<PeerActivity> activity = std::make_shared<PeerActivity>();

  // Of the two static keys; computed at the first handshake, since it is slow and most peers of a big mesh never talk.
  std::optional<crypto::Secret<32>> static_static;
  std::optional<Initiator> handshake;  // an initiation of ours that has no answer yet
  std::optional<Instant> last_initiation_sent;
  bool repeated_with_cookie = false;  // the last initiation: at most once, however often somebody replies
  std::optional<Instant> last_initiation_seen;
  Timestamp greatest_timestamp;
  std::chrono::nanoseconds last_handshake_wall{0};  // since 1970; zero: never

  AcceptedIps accepted_ips;
  CookieJar cookies;
  SessionSlots sessions;
  Timers timers;
  StagedPackets staged;
  Instant scheduled = kNever;  // in the device's schedule
};

}  // namespace smeg::wireguard
