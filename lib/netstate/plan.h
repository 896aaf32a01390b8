// The operations that lead from what is to what should be. Plain values: netlink carries them out, the simulator's
// kernel applies them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "netstate/observed.h"

namespace smeg::netstate {

// Creates the interface, with the engine that serves it where the kernel doesn't, and marks it as the mesh's (alias).
// It starts without key, peers and addresses, and down.
struct AddInterface {
  InterfaceName interface;
  MeshId mesh;
  Backend backend = Backend::userspace;
  Lane lane = kMainLane;
  friend bool operator==(const AddInterface&, const AddInterface&) = default;
};
// Removes the interface, and ends its engine where it has one; its addresses and the routes over it go with it.
struct RemoveInterface {
  InterfaceName interface;
  friend bool operator==(const RemoveInterface&, const RemoveInterface&) = default;
};
// Alias, MTU and up; no address of the kernel's own making.
struct SetLink {
  InterfaceName interface;
  MeshId mesh;
  std::uint32_t mtu = 0;
  Lane lane = kMainLane;
  friend bool operator==(const SetLink&, const SetLink&) = default;
};
struct AddAddress {
  InterfaceName interface;
  Address address;
  friend bool operator==(const AddAddress&, const AddAddress&) = default;
};
struct RemoveAddress {
  InterfaceName interface;
  Address address;
  friend bool operator==(const RemoveAddress&, const RemoveAddress&) = default;
};
struct SetDevice {
  InterfaceName interface;
  crypto::WgPrivateKey private_key;
  std::uint16_t listen_port = 0;  // 0: leave it to the device
  std::uint32_t fwmark = 0;
  friend bool operator==(const SetDevice&, const SetDevice&) = default;
};
// Creates or changes a peer. A prefix that another peer of the device had is taken from it, in one step.
struct SetPeer {
  InterfaceName interface;
  crypto::WgPublicKey peer;
  crypto::PresharedKey preshared_key;
  std::chrono::seconds keepalive{0};
  std::optional<EndpointChoice> endpoint;  // empty: leave it
  std::set<addr::Prefix> allowed_ips;      // to add; with `replace`, the whole of them
  bool replace = false;
  std::set<addr::Prefix> sources = {};  // likewise
  bool replace_sources = false;
  friend bool operator==(const SetPeer&, const SetPeer&) = default;
};
// Remembers a choice of endpoint as made, without touching the device: a tunnel that is found working after a restart
// stays where it is.
struct AdoptEndpoint {
  InterfaceName interface;
  crypto::WgPublicKey peer;
  EndpointChoice endpoint;
  friend bool operator==(const AdoptEndpoint&, const AdoptEndpoint&) = default;
};
struct RemovePeer {
  InterfaceName interface;
  crypto::WgPublicKey peer;
  friend bool operator==(const RemovePeer&, const RemovePeer&) = default;
};
// Whatever there was of a hairpin before is replaced.
struct SetHairpin {
  InterfaceName interface;
  Hairpin hairpin;
  friend bool operator==(const SetHairpin&, const SetHairpin&) = default;
};
struct RemoveHairpin {
  InterfaceName interface;
  friend bool operator==(const RemoveHairpin&, const RemoveHairpin&) = default;
};
// Fails with exists where there is a route of that key, whoever's it is.
struct AddRoute {
  RouteKey key;
  RouteTarget target;
  friend bool operator==(const AddRoute&, const AddRoute&) = default;
};
// Moves a route of ours to another target in one step.
struct ReplaceRoute {
  RouteKey key;
  RouteTarget target;
  friend bool operator==(const ReplaceRoute&, const ReplaceRoute&) = default;
};
struct RemoveRoute {
  RouteKey key;
  RouteTarget target;
  friend bool operator==(const RemoveRoute&, const RemoveRoute&) = default;
};
// Fails with exists where there is such a rule.
struct AddRule {
  Rule rule;
  friend bool operator==(const AddRule&, const AddRule&) = default;
};
struct RemoveRule {
  Rule rule;
  friend bool operator==(const RemoveRule&, const RemoveRule&) = default;
};
// Whatever there was of it before is replaced, in one step.
struct SetForwarding {
  Forwarding forwarding;
  friend bool operator==(const SetForwarding&, const SetForwarding&) = default;
};
// Puts back what the host was like before.
struct RemoveForwarding {
  friend bool operator==(const RemoveForwarding&, const RemoveForwarding&) = default;
};

using Op = std::variant<AddInterface, RemoveInterface, SetLink, AddAddress, RemoveAddress, SetDevice, SetPeer,
                        AdoptEndpoint, RemovePeer, SetHairpin, RemoveHairpin, AddRoute, ReplaceRoute, RemoveRoute,
                        AddRule, RemoveRule, SetForwarding, RemoveForwarding>;

// Something that can't be had because it stands against what is not ours. `error.code` is conflict.
struct Conflict {
  InterfaceName interface;
  Error error;
  friend bool operator==(const Conflict&, const Conflict&) = default;
};

// Each operation stands for itself: one that fails does not stop those behind it.
struct Plan {
  std::vector<Op> ops;
  std::vector<Conflict> conflicts;

  bool empty() const { return ops.empty(); }
  friend bool operator==(const Plan&, const Plan&) = default;
};

// One line for a log, such as "set peer jNQKm... of smeg0: 2 allowed prefixes, endpoint 192.0.2.1:51820". Public keys
// are shortened, secrets left out.
std::string describe(const Op& op);
// The interface that an operation works on, or that its route leads to; null for what is the whole host's.
const InterfaceName* interface_of(const Op& op);

}  // namespace smeg::netstate
