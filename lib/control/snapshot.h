// All that the daemon tells about itself, at one moment: made by the core after each change, immutable from then on,
// shared by whoever reads it. No secret is in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/log_level.h"
#include "control/member_list.h"
#include "control/selector.h"

namespace smeg::control {

// Of a member, as this host sees it.
enum class MemberState {
  alive,    // heard of within the time that liveness allows
  suspect,  // silent; others are being asked
  offline,  // said that it goes, and is still a member
  down,     // silent for too long; routed around
  revoked,  // no member any more
};

// Of this host in a mesh.
enum class MeshState {
  joining,  // no certificate yet: an inviter is being dialled, or somebody has to decide
  refused,  // it asked to be let in, and may not; mesh.leave forgets that
  active,
  down,           // daemon.up is off
  standing_down,  // another host uses our identity; this one holds still
  leaving,
};

// What carries the mesh's packets.
enum class Backend {
  kernel,
  userspace,  // `smegd engine`
  stub,       // nothing: the host takes part in gossip alone
};

// Of a guest, as everyone in the mesh sees it.
enum class GuestState {
  active,
  key_taken,      // a member uses the same WireGuard key: the guest is as if it were not there
  address_taken,  // a member, or a guest of a more senior sponsor, has its address: likewise
};

std::string_view name(MemberState state);  // "alive" ...
std::string_view name(MeshState state);    // "joining", "refused", "active", "down", "standing-down", "leaving"
std::string_view name(GuestState state);   // "active", "key-taken", "address-taken"
std::string_view name(Backend backend);    // "kernel", "userspace", "stub"

struct InterfaceView {
  std::string name;
  Backend backend = Backend::userspace;
  std::uint16_t listen_port = 0;  // zero: not known yet, or none
  std::uint32_t mtu = 0;

  friend bool operator==(const InterfaceView&, const InterfaceView&) = default;
};

struct EndpointView {
  std::string kind;  // "configured", "outgoing", "observed" or whatever a later version names
  addr::HostPort at;

  friend bool operator==(const EndpointView&, const EndpointView&) = default;
};

struct MemberView {
  crypto::IdentityKey public_key;
  std::optional<crypto::WgPublicKey> wg_public_key;  // none: publishes no tunnel
  addr::IpAddress address;
  std::string alias;        // may be empty
  std::string description;  // may be empty
  Role role = Role::peer;
  std::vector<EndpointView> endpoints;
  std::vector<Service> services;
  MemberState state = MemberState::alive;
  bool self = false;
  std::optional<WallTime> since;           // when it came into that state; none: MeshView::since, or unknown
  std::optional<WallTime> last_handshake;  // WireGuard's; none: never, or unknown
  std::uint64_t rx_bytes = 0;              // from it, through our tunnel
  std::uint64_t tx_bytes = 0;
  std::optional<addr::Endpoint> tunnel_endpoint = {};  // where our tunnel leads now; none: nowhere yet

  friend bool operator==(const MemberView&, const MemberView&) = default;
};

// A peer that speaks WireGuard alone, and is reached through the member that sponsors it.
struct GuestView {
  std::string name;
  crypto::WgPublicKey wg_public_key;
  addr::IpAddress address;
  crypto::IdentityKey sponsor;
  GuestState state = GuestState::active;
  // Known of our own guests alone: the tunnels of others are at their sponsors.
  std::optional<WallTime> last_handshake;  // none: never, or unknown
  std::optional<std::uint64_t> rx_bytes;   // from it
  std::optional<std::uint64_t> tx_bytes;

  friend bool operator==(const GuestView&, const GuestView&) = default;
};

// One that this host issued and that may still be redeemed, or could be until lately.
struct InviteView {
  crypto::InviteKey id;
  Role role = Role::peer;
  bool admin = false;
  std::uint32_t uses = 1;
  std::uint32_t used = 0;
  WallTime expires;
  bool revoked = false;

  friend bool operator==(const InviteView&, const InviteView&) = default;
};

// Of this host with a member: how the two keep each other's state. Tunnels are apart from it.
struct SessionView {
  crypto::IdentityKey member;
  bool open = false;                     // both are known to each other; otherwise it is being dialled, again and again
  bool inbound = false;                  // the member dialled; only where it is open
  std::optional<addr::Endpoint> remote;  // only where it is open
  std::string error;  // how the last attempt or session ended; empty where it is open or nothing was tried yet

  friend bool operator==(const SessionView&, const SessionView&) = default;
};

// What this host dropped of what a member sent it, since the daemon was started; or others: strangers, and those who
// are members no more.
struct DroppedView {
  std::optional<crypto::IdentityKey> member;  // nothing: others
  std::uint64_t malformed = 0;  // what no honest member says: it does not parse, is forged, or out of place
  std::uint64_t refused = 0;    // what may not be: items that trust does not allow, or not yet; requests to join
  std::uint64_t overflow = 0;   // items for which there was no room
  std::uint64_t sessions = 0;   // that were not let in, or ended for one of these

  std::uint64_t sum() const { return malformed + refused + overflow + sessions; }
  friend bool operator==(const DroppedView&, const DroppedView&) = default;
};

// A host that asks this one to be let in.
struct RequestView {
  crypto::IdentityKey public_key;
  addr::IpAddress from;    // where it asks from
  Role role = Role::peer;  // that it asks for
  std::string note;        // of itself; may be empty
  WallTime since;          // when it first asked

  friend bool operator==(const RequestView&, const RequestView&) = default;
};

struct MeshView {
  MeshId id;
  std::string name;  // local; may be empty
  addr::Prefix prefix;
  MeshState state = MeshState::active;
  std::string state_detail;  // for people: "dialling 192.0.2.1:21910, refused"; may be empty
  Backend backend = Backend::userspace;
  std::string backend_reason;  // why that one: "configured", or what is wrong with a better one
  std::vector<InterfaceView> interfaces;
  std::optional<crypto::IdentityKey> leader;
  crypto::IdentityKey self;
  // When those members came into their state that have no time of their own: when this host came to know of them, or
  // lost sight of all, or found all again. To others it is told with each of them.
  std::optional<WallTime> since;
  bool can_admit = false;         // this host may issue invites
  bool has_root = false;          // this host holds the mesh's root key
  MemberList members;             // by identity key
  std::vector<GuestView> guests;  // by sponsor, each one's in its own order
  std::vector<InviteView> invites;
  std::vector<SessionView> sessions;  // those that are open, and those that this host wants; by member
  std::vector<RequestView> requests;  // oldest first
  std::vector<DroppedView> dropped;   // by member, others last; those of whom nothing was dropped are left out

  friend bool operator==(const MeshView&, const MeshView&) = default;
};

// What this host makes of a member that leads to a prefix.
enum class ExitState {
  chosen,       // packets are sent to it
  equal,        // as good; others send to it, and this host would
  worse,        // more hops, or more cost
  draining,     // it wants to be left
  waiting,      // might lead in a circle, until the prefix has raised its sequence
  unreachable,  // down or offline, or somebody on the way is a member no more
};
std::string_view name(ExitState state);  // "chosen" ...

// A member that leads to a prefix outside its mesh.
struct ExitView {
  MeshId mesh;                 // through which
  crypto::IdentityKey member;  // of that mesh
  std::vector<MeshId> path;    // from the mesh of the prefix to that one
  std::uint32_t hops = 0;
  std::uint32_t cost = 0;
  std::uint32_t weight = 1;
  std::uint32_t mtu = 0;       // the least on the way, in bytes
  std::uint64_t sequence = 0;  // of the prefix, as told
  ExitState state = ExitState::worse;

  friend bool operator==(const ExitView&, const ExitView&) = default;
};

// A prefix outside this host's meshes.
struct RouteView {
  addr::Prefix prefix;
  bool starving = false;        // there is no way that may be taken now
  std::vector<ExitView> exits;  // all that are told; at most one is chosen

  friend bool operator==(const RouteView&, const RouteView&) = default;
};

// Where something is wrong.
enum class ProblemKind {
  interface,  // a mesh's interface, or the routes over it, can't be had as they should be
  firewall,   // rules that aren't ours drop what is to be forwarded
  backend,    // the configured one can't be had
  storage,    // the state can't be saved
  joining,    // a mesh of the configuration can't be joined
};
std::string_view name(ProblemKind kind);  // "interface" ...

// What an operator should know and see to.
struct Problem {
  ProblemKind kind = ProblemKind::interface;
  std::string message;         // for people
  std::string interface = {};  // empty: it isn't of one

  friend bool operator==(const Problem&, const Problem&) = default;
};

struct DaemonView {
  std::string version;
  WallTime started;
  std::vector<Problem> problems;  // none: all is well
  bool draining = false;          // exit.drain
  bool down = false;              // daemon.up is off
  LogLevel log_level = LogLevel::info;

  friend bool operator==(const DaemonView&, const DaemonView&) = default;
};

// A host that is in two meshes, and passes packets between them: who it is in each. `from` is the lower id.
struct BridgeView {
  MeshId from;
  crypto::IdentityKey member;  // of that mesh
  MeshId to;
  crypto::IdentityKey as;  // of that one

  friend auto operator<=>(const BridgeView&, const BridgeView&) = default;
};

struct Snapshot {
  std::uint64_t version = 0;  // grows with each change in a run of the daemon
  WallTime generated;
  DaemonView daemon;
  std::vector<MeshView> meshes;
  std::vector<RouteView> routes;  // by prefix
  // All that ways to other meshes lead over, as far as this host is told, itself among them; in order, each once.
  std::vector<BridgeView> bridges;

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// selector.h over what a Snapshot holds. Members that are revoked are found only where no other fits.
Result<const MeshView*> find_mesh(const Snapshot& snapshot, const MeshSelector& selector);
Result<const MemberView*> find_member(const MeshView& mesh, const MemberSelector& selector);
// A guest by its address, or by its name. conflict where guests of several sponsors are called so.
Result<const GuestView*> find_guest(const MeshView& mesh, std::string_view text);

}  // namespace smeg::control
