// What workers tell the control thread, by value, through a bounded queue: where it is full, events may be dropped; all
// of them repeat themselves while their cause lasts, save for packets, which may be lost as on any network.
#pragma once

#include <variant>

#include "wireguard/path.h"

namespace smeg::wireguard {

// A datagram that isn't transport data came in; nothing is known of it but that its type and length fit.
struct HandshakeMessage {
  Path from;
  Bytes bytes;

  friend bool operator==(const HandshakeMessage&, const HandshakeMessage&) = default;
};
// A packet for a peer without a usable session: it is staged, and a handshake begun.
struct PacketWaits {
  PeerId peer;
  Bytes packet;

  friend bool operator==(const PacketWaits&, const PacketWaits&) = default;
};
// The session of a peer gets old.
struct RekeyWanted {
  PeerId peer;

  friend bool operator==(const RekeyWanted&, const RekeyWanted&) = default;
};
// An authentic message of a session that we answered, and which hasn't been adopted as the current one.
struct SessionConfirmed {
  PeerId peer;

  friend bool operator==(const SessionConfirmed&, const SessionConfirmed&) = default;
};
// PeerActivity asked for timers.
struct TimersWanted {
  PeerId peer;

  friend bool operator==(const TimersWanted&, const TimersWanted&) = default;
};

using WorkerEvent = std::variant<PacketWaits, RekeyWanted, SessionConfirmed, TimersWanted>;

}  // namespace smeg::wireguard
