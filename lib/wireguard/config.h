// What a WireGuard device is told, and what it tells of itself: the values behind the userspace interface
// (https://www.wireguard.com/xplatform/). Plain values, for any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "crypto/crypto.h"

namespace smeg::wireguard {

// Nanoseconds since 1970-01-01T00:00:00Z; zero means never.
using HandshakeTime = std::chrono::nanoseconds;

// The interface over which a link-local address is reached (RFC 4007). A name means something to the system alone: the
// shell finds the index for it, and the device goes by that.
struct Zone {
  std::string name;         // empty: the index alone counts
  std::uint32_t index = 0;  // 0 without a name: none

  friend bool operator==(const Zone&, const Zone&) = default;
};

struct PrefixChange {
  addr::Prefix prefix;
  bool remove = false;  // take it from this peer, if it is this peer's

  friend bool operator==(const PrefixChange&, const PrefixChange&) = default;
};

// A change to one peer; an absent member leaves things as they are.
struct PeerConfig {
  crypto::WgPublicKey public_key;
  bool remove = false;                                // the peer goes; all else is ignored
  bool update_only = false;                           // does nothing where the peer isn't there yet
  std::optional<crypto::PresharedKey> preshared_key;  // all zero: none
  std::optional<addr::Endpoint> endpoint;
  Zone zone;                                                 // of a link-local endpoint
  std::optional<std::chrono::seconds> persistent_keepalive;  // 0 to 65535; 0 turns it off
  bool replace_allowed_ips = false;                          // the old ones go first
  std::vector<PrefixChange> allowed_ips;                     // one that is added moves to this peer from any other
  bool replace_accepted_ips = false;                         // likewise
  std::vector<PrefixChange> accepted_ips = {};               // see ForwardingTable::takes_from

  friend bool operator==(const PeerConfig&, const PeerConfig&) = default;
};

// A change to a device, the content of a `set` request. Peers are taken in order.
struct DeviceConfig {
  std::optional<crypto::WgPrivateKey> private_key;  // all zero: none
  std::optional<std::uint16_t> listen_port;         // 0: any that is free
  std::optional<std::uint32_t> fwmark;              // 0: none
  bool replace_peers = false;                       // the old ones go first
  std::vector<PeerConfig> peers;

  friend bool operator==(const DeviceConfig&, const DeviceConfig&) = default;
};

struct PeerStatus {
  crypto::WgPublicKey public_key;
  crypto::PresharedKey preshared_key;  // all zero: none
  std::optional<addr::Endpoint> endpoint;
  Zone zone;                                     // of a link-local endpoint, by its index
  std::chrono::seconds persistent_keepalive{0};  // 0: off
  HandshakeTime last_handshake{0};
  std::uint64_t rx_bytes = 0;  // of datagrams that were authentic, without IP and UDP headers
  std::uint64_t tx_bytes = 0;
  std::vector<addr::Prefix> allowed_ips;   // IPv6 first, in order of address
  std::vector<addr::Prefix> accepted_ips;  // likewise

  friend bool operator==(const PeerStatus&, const PeerStatus&) = default;
};

// The state of a device, the content of a `get` reply.
struct DeviceStatus {
  std::optional<crypto::WgPrivateKey> private_key;
  std::uint16_t listen_port = 0;
  std::uint32_t fwmark = 0;
  std::vector<PeerStatus> peers;

  friend bool operator==(const DeviceStatus&, const DeviceStatus&) = default;
};

}  // namespace smeg::wireguard
