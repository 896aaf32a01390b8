// What the operating system should hold: the whole of it, as one value.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "addr/addr.h"
#include "crypto/crypto.h"
#include "netstate/names.h"

namespace smeg::netstate {

// What carries an interface's packets: an engine of ours, or the kernel's own WireGuard.
enum class Backend { userspace, kernel };

// An address on an interface and the length of the prefix it stands in. A member's address is a host address
// (128 bits): a WireGuard interface has no link that a longer list of neighbours could be on, and with a /64 the kernel
// would, on a forwarding host, also answer to the subnet's anycast address (RFC 4291 section 2.6.1), which no member
// owns. What is reachable is said by explicit routes alone, which carry our protocol number.
struct Address {
  addr::IpAddress address;
  unsigned prefix_length = 128;

  static Address host(const addr::IpAddress& address) { return {address, address.bits()}; }
  std::string to_string() const;  // "fd00::1/128"

  friend auto operator<=>(const Address&, const Address&) = default;
};

// Where a peer is tried first. WireGuard follows a peer that roams by itself, and that must not be undone by the next
// diff: so an endpoint is set once for each choice, not whenever it differs from where the peer is now. A choice is new
// where the endpoint or the number is: raise `number` to have the same endpoint tried again.
struct EndpointChoice {
  addr::Endpoint endpoint;
  std::uint64_t number = 0;

  friend bool operator==(const EndpointChoice&, const EndpointChoice&) = default;
};

struct Peer {
  crypto::PresharedKey preshared_key;      // all zero: none
  std::optional<EndpointChoice> endpoint;  // empty: wait for the peer to speak first
  std::chrono::seconds keepalive{0};       // persistent keepalive, 0 (off) to 65535
  std::set<addr::Prefix> allowed_ips;      // each in one peer of a device only
  // From where packets are taken beside: nothing is sent to it for them, and other peers may have them too, as sources
  // or as allowed_ips. So replies may come through any of several exits, while one of them is sent through. A source
  // that lies in a longer prefix of another peer's allowed_ips is that peer's alone: an exit for everything can't speak
  // in the name of a member. The kernel's WireGuard has no such thing.
  std::set<addr::Prefix> sources = {};

  friend bool operator==(const Peer&, const Peer&) = default;
};

// The WireGuard side of an interface.
struct Device {
  crypto::WgPrivateKey private_key;
  std::uint16_t listen_port = 0;  // 0: whichever is free, and then left as it is
  std::uint32_t fwmark = 0;       // 0: none
  std::map<crypto::WgPublicKey, Peer> peers;

  friend bool operator==(const Device&, const Device&) = default;
};

// Packets that come in over an interface for an address of a prefix go out over it again, to whichever peer has that
// address: so peers that know this host alone reach one another. It is not the host's IPv6 forwarding, which would make
// a router of it for all its interfaces, and which stays as it is (docs/adr/0006).
struct Hairpin {
  addr::Prefix within;               // IPv6
  std::set<addr::IpAddress> except;  // of it: the host's own addresses

  friend bool operator==(const Hairpin&, const Hairpin&) = default;
};

// An interface that is wanted is wanted up.
struct Interface {
  MeshId mesh;  // whose it is; becomes its alias, together with the lane
  Lane lane = kMainLane;
  Backend backend = Backend::userspace;
  std::uint32_t mtu = 1'420;  // 1280 (RFC 8200 section 5) to 65535
  std::set<Address> addresses;
  std::optional<Hairpin> hairpin;
  Device device;

  friend bool operator==(const Interface&, const Interface&) = default;
};

inline constexpr std::uint32_t kMainTable = 254;        // RT_TABLE_MAIN
inline constexpr std::uint32_t kDefaultMetric = 1'024;  // what Linux takes for IPv6 routes

// What the kernel tells routes apart by; there is one route for each key.
struct RouteKey {
  addr::Prefix prefix;
  std::uint32_t metric = kDefaultMetric;  // lower wins; at least 1
  std::uint32_t table = kMainTable;

  friend auto operator<=>(const RouteKey&, const RouteKey&) = default;
};

// Where a route leads.
struct RouteTarget {
  InterfaceName interface;
  std::uint32_t mtu = 0;  // of the whole path, 1280 to 65535 bytes; 0: the interface's
  // Of that MTU: it holds for packets that this host forwards too, and no Packet Too Big makes it smaller. Where a path
  // ends at a network that nobody knows the MTU of, it must be free to become smaller.
  bool mtu_fixed = false;

  friend auto operator<=>(const RouteTarget&, const RouteTarget&) = default;
};

// Which routing table a packet's way is looked up in, as Linux's policy routing has it (ip-rule(8)): of IPv6, and told
// from others' rules by our protocol number.
struct Rule {
  std::uint32_t priority = 0;  // lower ones are asked first; at least 1, each once
  std::uint32_t table = kMainTable;
  std::optional<std::uint32_t> unless_mark = {};  // not for packets that carry this firewall mark
  bool without_default = false;                   // a route to ::/0 that is found there doesn't count

  friend auto operator<=>(const Rule&, const Rule&) = default;
};

// What lies beyond this host for one mesh; over any interface that isn't a mesh's.
struct Beyond {
  std::set<addr::Prefix> behind = {};       // addresses: from the mesh to them, and from them to it
  std::set<addr::Prefix> masqueraded = {};  // sources: to anywhere else, under this host's address; and the answers

  friend auto operator<=>(const Beyond&, const Beyond&) = default;
};

// Which packets this host passes on from one interface to another: all of IPv6, and nothing beside (docs/adr/0008).
// Packets that go back over the interface that they came from pass where the interface has a Hairpin, with or without
// this, or stands among `back`.
struct Forwarding {
  std::set<InterfaceName> meshes;  // between any two of them, but for those apart
  // Of `meshes`, those for which there is something, and nothing of another's: meshes that are apart don't share it.
  std::map<InterfaceName, Beyond> beyond = {};
  std::set<InterfaceName> back = {};  // of `meshes`: what a client sends here may go on to an exit of the same mesh
  // Of the meshes: nothing passes between these and any other. They have what lies beyond this host for them.
  std::set<InterfaceName> apart = {};
  // Of `meshes`: the lanes, and the main interface of each one's mesh, which stands there too. `beyond`, `back` and
  // `apart` name main interfaces and hold for their lanes: a packet goes from one interface of a mesh to another of it
  // as it would go back over one.
  std::map<InterfaceName, InterfaceName> lanes = {};

  friend bool operator==(const Forwarding&, const Forwarding&) = default;
};

struct State {
  std::map<InterfaceName, Interface> interfaces;
  std::map<RouteKey, RouteTarget> routes;
  std::set<Rule> rules = {};
  std::optional<Forwarding> forwarding = {};  // empty: of ours nothing is passed on

  friend bool operator==(const State&, const State&) = default;
};

// Whether a state can be had at all: no lane of a mesh twice, MTU, keepalive and metric in range, no allowed prefix
// with two peers of one device, no sources for the kernel's WireGuard, no listen port twice, hairpins and forwarding of
// IPv6 alone, no device among its own peers, routes and forwarding only over interfaces that are there, no
// two rules of one priority. Fails with
// invalid or conflict and names the interface; diff() of a state that fails here may never come to rest.
Result<void> check(const State& state);

}  // namespace smeg::netstate
