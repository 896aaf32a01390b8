// What the operating system holds: what is ours, as seen, and facts that nobody can wish for.
#pragma once

#include <string>
#include <vector>

#include "netstate/state.h"

namespace smeg::netstate {

struct ObservedPeer {
  crypto::PresharedKey preshared_key;
  std::optional<addr::Endpoint> endpoint;  // where it is now: as chosen, or as roamed to
  std::optional<EndpointChoice> chosen;    // what we set last; empty where that is not known, as after a restart
  std::chrono::seconds keepalive{0};
  std::set<addr::Prefix> allowed_ips;
  std::set<addr::Prefix> sources;
  std::optional<WallTime> last_handshake;  // empty: never
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_bytes = 0;

  friend bool operator==(const ObservedPeer&, const ObservedPeer&) = default;
};

struct ObservedDevice {
  crypto::WgPrivateKey private_key;  // all zero: none set yet
  std::uint16_t listen_port = 0;
  std::uint32_t fwmark = 0;
  std::map<crypto::WgPublicKey, ObservedPeer> peers;

  friend bool operator==(const ObservedDevice&, const ObservedDevice&) = default;
};

// Null where there is no such peer, or nothing to look at.
inline const ObservedPeer* find_peer(const ObservedDevice* device, const std::optional<crypto::WgPublicKey>& key) {
  if (!device || !key) return nullptr;
  const auto peer = device->peers.find(*key);
  return peer == device->peers.end() ? nullptr : &peer->second;
}

struct ObservedInterface {
  bool ours = false;           // by alias or group, or by an engine that we started; nothing foreign is touched
  std::uint32_t index = 0;     // the kernel's number of the link; 0: no link, only its engine
  std::optional<MeshId> mesh;  // from the alias
  Lane lane = kMainLane;       // likewise
  Backend backend = Backend::userspace;
  std::uint32_t mtu = 0;
  bool up = false;
  std::map<Address, bool> addresses;     // true: ours, by its protocol number
  std::optional<Hairpin> hairpin;        // what there is of one: within "::/0" where it is in pieces
  std::uint32_t engine = 0;              // process id; 0: none, as with the kernel's WireGuard
  std::optional<ObservedDevice> device;  // empty: it does not answer for good (see netlink), or there is none

  friend bool operator==(const ObservedInterface&, const ObservedInterface&) = default;
};

// Interfaces whose names we might take, ours and foreign, and routes of our protocol number over interfaces of ours;
// whether the kernel's WireGuard can be had; and what of ours is forwarded.
struct Observed {
  std::string kernel_refusal;  // why not, like "the kernel has no WireGuard (Operation not supported)"; empty: it works
  std::map<InterfaceName, ObservedInterface> interfaces;
  std::map<RouteKey, RouteTarget> routes;
  std::set<Rule> rules = {};                  // of IPv6, and of our protocol number
  std::optional<Forwarding> forwarding = {};  // what there is of it: without meshes where it is in pieces
  // What of others' may drop packets that we forward, in words for people, such as a firewall's table.
  std::vector<std::string> obstacles = {};

  friend bool operator==(const Observed&, const Observed&) = default;
};

// The device of an interface of ours; null where there is none, or nothing to look at.
const ObservedDevice* find_device(const Observed* observed, const InterfaceName& interface);

// The interface to give to a mesh, or to a lane of it: the one of ours that already is that one's, else the lowest
// number with this prefix that is neither observed nor in `taken`. Fails with unavailable where all names of
// limits::kMeshesPerHost meshes with kLanesPerMesh lanes, and as many foreign ones, are used up, or with invalid where
// the prefix makes no name.
Result<InterfaceName> choose_interface(const Observed& observed, const std::set<InterfaceName>& taken,
                                       std::string_view prefix, const MeshId& mesh, Lane lane = kMainLane);

}  // namespace smeg::netstate
