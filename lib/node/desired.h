// What the operating system should hold for the meshes of this host.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "netstate/netstate.h"

namespace smeg::node {

// The prefixes of all meshes are within (addr::mesh_prefix).
inline const addr::Prefix kMeshes{addr::IpAddress::v6({0xfd}), 8};

// A carrier passes on what is for meshes alone: a client reaches all else through a carrier that leads there itself.
inline bool is_carried_straight(const addr::Prefix& prefix) { return !kMeshes.contains(prefix); }

// Another key that a member may speak with to one of our interfaces, beside its main one: that of the lane that it has
// for this host.
struct LaneEnd {
  crypto::WgPublicKey key;
  std::optional<netstate::EndpointChoice> endpoint = {};
  bool up = false;  // there was a handshake: packets go there
};

// A member to whom a tunnel leads.
struct WantedPeer {
  crypto::WgPublicKey key;
  addr::IpAddress address;                           // in the mesh
  std::optional<netstate::EndpointChoice> endpoint;  // none: it has to speak first
  std::chrono::seconds keepalive{0};
  std::vector<addr::IpAddress> guests = {};  // of guests and clients that are reached through it
  std::set<addr::Prefix> prefixes = {};      // of other meshes, and of networks: sent to it
  std::set<addr::Prefix> sources = {};       // likewise: taken from it
  crypto::IdentityKey identity = {};
  bool stands_by = false;  // it is reached through another one for now; its tunnel is kept open
  std::optional<LaneEnd> lane_end = {};
};

// An interface for one member alone, beside the main one; of the kernel's WireGuard.
struct WantedLane {
  netstate::Lane number = 1;
  netstate::InterfaceName interface;
  crypto::IdentityKey member;
  crypto::WgPrivateKey private_key;
  std::uint16_t listen_port = 0;
  std::optional<netstate::EndpointChoice> endpoint = {};  // of the member's main tunnel
  bool main_up = false;                                   // that one had a handshake with this interface
  std::optional<LaneEnd> lane_end = {};

  bool up() const { return main_up || (lane_end && lane_end->up); }
};

// A guest of this host.
struct WantedGuest {
  crypto::WgPublicKey key;
  addr::IpAddress address;
  crypto::PresharedKey preshared_key;
};

// One mesh with tunnels, as its membership wants it.
struct WantedMesh {
  MeshId mesh;
  netstate::InterfaceName interface;
  netstate::Backend backend = netstate::Backend::userspace;
  addr::IpAddress address;
  std::uint32_t mtu = 1'420;
  crypto::WgPrivateKey private_key;
  std::uint16_t listen_port = 0;
  std::vector<WantedPeer> peers;
  std::vector<WantedGuest> guests = {};
  std::map<addr::Prefix, std::uint32_t> routes = {};  // to what is behind members, and the MTU on the way
  bool forwards = false;                              // packets pass between it and others of which this is said
  std::set<addr::Prefix> originates = {};             // networks behind this host that it gives to the mesh; ::/0
  bool carries = false;                               // clients are reached through this host
  std::optional<crypto::IdentityKey> carrier = {};    // of this host, a client: whoever passes on all its packets
  std::set<crypto::WgPublicKey> refused = {};         // of members that we know and that have no tunnel
  std::vector<WantedLane> lanes = {};
};

// Where the way to networks that are no meshes, or to everything else, leads into a mesh: a routing table of its own,
// and rules that ask it where the main table knows no more than a default route, for all but the underlay's packets. So
// neither what carries the tunnels is swallowed (members may stand in such a network, and be found at its addresses),
// nor what this host reaches by itself: the networks it is in, and its own routes.
inline constexpr std::uint32_t kExitTable = 21'910;
inline constexpr std::uint32_t kMainFirst = 21'910;   // priorities of the rules: the main table without its default,
inline constexpr std::uint32_t kExitBehind = 21'911;  // then the exit's

// The whole of it. A peer whose key or address another one of the mesh has already is left out: keys are claimed by
// members, and one who lies must not spoil the plan for others. Guests stand behind all members.
//
// A lane and the main interface both have the member as a peer; routes decide which of them packets take, and they take
// the lane once it had a handshake. Likewise where a member has a lane for us: both its keys are peers, and the lane's
// has the allowed-ips once it had one. So nothing waits for a lane, and none that can't be reached does harm.
netstate::State desired(const std::vector<WantedMesh>& meshes);

// Adds the peers that an interface of ours has and that nobody wants or refuses, but for those whose prefixes are
// wanted for others: for the time after a start in which not all members are known again, so that their packets go on
// flowing.
void keep_unknown_peers(netstate::State& state, const netstate::Observed& observed,
                        const std::vector<WantedMesh>& meshes);

}  // namespace smeg::node
