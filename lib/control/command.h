// What an operator may ask of the daemon. Every value here is checked: decode() makes nothing else.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control/log_level.h"
#include "control/secret_text.h"
#include "control/selector.h"

namespace smeg::control {

// Names one command that was handed to the core until its reply has come. Unique in a run of the daemon.
using CommandId = StrongId<struct CommandTag, std::uint64_t>;

// How this host takes part in a mesh. What is absent comes from `baseConfiguration`.
struct MembershipOptions {
  std::optional<Role> role;
  std::optional<std::uint16_t> wg_port;   // UDP port of WireGuard; absent: a free one, kept from then on
  std::vector<addr::HostPort> endpoints;  // where others reach this host; a port is that of its sessions; at
                                          // most limits::kEndpointsPerRecord
  std::optional<Duration> keepalive;      // WireGuard's persistent keepalive, whole seconds to 65,535; zero: none

  friend bool operator==(const MembershipOptions&, const MembershipOptions&) = default;
};

// mesh.create: makes a mesh, with this host as its first member and holder of its root key.
struct MeshCreate {
  std::string name;  // a label (base/text.h), or empty: the mesh is known by its id alone
  MembershipOptions options;

  friend bool operator==(const MeshCreate&, const MeshCreate&) = default;
};

// mesh.join: redeems an invite. Answered once the certificate is here and kept.
struct MeshJoin {
  SecretText token;
  std::vector<addr::HostPort> vias;  // dialled before the token's own endpoints; at most limits::kEndpointsPerRecord
  std::string name;                  // what to call the mesh here; empty: what the inviter calls it
  MembershipOptions options;

  friend bool operator==(const MeshJoin&, const MeshJoin&) = default;
};

// mesh.ask: asks a member, without an invite, to be let into its mesh. Answered once that is kept; the asking itself
// goes on, over restarts too, until somebody there has decided. MeshView::state tells how it stands; mesh.leave ends
// it.
struct MeshAsk {
  MeshId mesh;
  std::vector<addr::HostPort> vias;  // members that may admit, dialled in turn; 1 to limits::kEndpointsPerRecord
  std::string name;                  // what to call the mesh here; empty: what they call it
  std::string note;                  // for whoever decides; plain text, at most limits::kJoinNoteBytes
  MembershipOptions options;

  friend bool operator==(const MeshAsk&, const MeshAsk&) = default;
};

// mesh.leave: tells the members, then forgets the mesh. A new invite is needed to come back.
struct MeshLeave {
  MeshSelector mesh;

  friend bool operator==(const MeshLeave&, const MeshLeave&) = default;
};

// invite.create
struct InviteCreate {
  MeshSelector mesh;
  std::uint32_t uses = 1;                     // 1 to limits::kInviteUses
  Duration expires = std::chrono::hours(24);  // from now on; at least a second
  Role role = Role::peer;
  bool admin = false;  // the joiner may then invite others
  // Networks that the joiner may announce, or parts of them, and that members then take without acceptRoutes; at most
  // limits::kPrefixesPerCertificate.
  std::vector<addr::Prefix> grants = {};

  friend bool operator==(const InviteCreate&, const InviteCreate&) = default;
};

// invite.revoke: id is that of Snapshot's invites, or a prefix of it that fits one invite only.
struct InviteRevoke {
  MeshSelector mesh;
  std::string id;

  friend bool operator==(const InviteRevoke&, const InviteRevoke&) = default;
};

// member.revoke: removes a member. With ban it can never be admitted again under the same identity.
struct MemberRevoke {
  MeshSelector mesh;
  MemberSelector member;
  bool ban = false;

  friend bool operator==(const MemberRevoke&, const MemberRevoke&) = default;
};

// member.admit: lets a host in that has asked. request: its fingerprint, its identity key, or the beginning of either
// that fits one request only.
struct MemberAdmit {
  MeshSelector mesh;
  std::string request;
  std::optional<Role> role = {};  // absent: the one that it asks for

  friend bool operator==(const MemberAdmit&, const MemberAdmit&) = default;
};

// member.refuse: the opposite. It is told so, and not heard again for limits::kJoinRequestLife.
struct MemberRefuse {
  MeshSelector mesh;
  std::string request;

  friend bool operator==(const MemberRefuse&, const MemberRefuse&) = default;
};

// guest.add: announces a peer that speaks WireGuard alone, and that this host sponsors from now on.
struct GuestAdd {
  MeshSelector mesh;
  std::string name;                        // a label; unlike this host's other guests
  crypto::WgPublicKey key;                 // of the guest, which has the private one
  std::optional<addr::HostPort> endpoint;  // where the guest is to find this host; absent: the best that is known;
                                           // without a port: WireGuard's

  friend bool operator==(const GuestAdd&, const GuestAdd&) = default;
};

// guest.show: what its configuration consists of, anew.
struct GuestShow {
  MeshSelector mesh;
  std::string name;
  std::optional<addr::HostPort> endpoint;

  friend bool operator==(const GuestShow&, const GuestShow&) = default;
};

// guest.remove
struct GuestRemove {
  MeshSelector mesh;
  std::string name;

  friend bool operator==(const GuestRemove&, const GuestRemove&) = default;
};

// key.rotate: a new WireGuard key in this mesh; the address stays. Refused where this host sponsors guests, which would
// have to be configured anew, unless forced.
struct KeyRotate {
  MeshSelector mesh;
  bool force = false;

  friend bool operator==(const KeyRotate&, const KeyRotate&) = default;
};

// authority.export: the root keys of a mesh, sealed. With remove this host forgets them after. The key is made of the
// passphrase by the client: that takes long, and the passphrase stays with whoever typed it.
struct AuthorityExport {
  MeshSelector mesh;
  crypto::SealingKey key;
  bool remove = false;

  friend bool operator==(const AuthorityExport&, const AuthorityExport&) = default;
};

// authority.import: the reverse.
struct AuthorityImport {
  MeshSelector mesh;
  SecretText sealed;
  crypto::SealingKey key;

  friend bool operator==(const AuthorityImport&, const AuthorityImport&) = default;
};

// alias.set: claims an alias for this host; empty gives it up.
struct AliasSet {
  MeshSelector mesh;
  std::string alias;

  friend bool operator==(const AliasSet&, const AliasSet&) = default;
};

// self.change: what this host says of itself in a mesh. What is absent stays as it is.
struct SelfChange {
  MeshSelector mesh;
  std::optional<std::string> alias;        // as AliasSet's
  std::optional<std::string> description;  // plain text, at most limits::kDescriptionBytes; empty: none of its own

  friend bool operator==(const SelfChange&, const SelfChange&) = default;
};

// service.set: announces a service of this host, in place of an earlier one of that name and protocol.
struct ServiceSet {
  MeshSelector mesh;
  Service service;

  friend bool operator==(const ServiceSet&, const ServiceSet&) = default;
};

// service.remove: of all protocols, or of one.
struct ServiceRemove {
  MeshSelector mesh;
  std::string name;
  std::optional<ServiceProtocol> protocol = {};

  friend bool operator==(const ServiceRemove&, const ServiceRemove&) = default;
};

// exit.drain: whether this host wants to be left by packets that only pass it on their way. It goes on passing those
// that come; kept over restarts.
struct ExitDrain {
  bool on = true;

  friend bool operator==(const ExitDrain&, const ExitDrain&) = default;
};

// daemon.up: whether this host takes part in its meshes, in all of them. While it doesn't, it has no interfaces and no
// sessions, others see it as offline, and it stays a member; kept over restarts.
struct DaemonUp {
  bool on = true;

  friend bool operator==(const DaemonUp&, const DaemonUp&) = default;
};

// daemon.reload: reads the configuration anew, and applies what can be applied without a restart. Refused, and nothing
// is applied, where anything is wrong with it.
struct DaemonReload {
  friend bool operator==(const DaemonReload&, const DaemonReload&) = default;
};

// daemon.config: what the daemon goes by, and daemon.configDiff: how its file differs from that. Nothing changes.
struct DaemonConfig {
  friend bool operator==(const DaemonConfig&, const DaemonConfig&) = default;
};
struct DaemonConfigDiff {
  friend bool operator==(const DaemonConfigDiff&, const DaemonConfigDiff&) = default;
};

// daemon.logLevel: until the next start or reload.
struct DaemonLogLevel {
  LogLevel level = LogLevel::info;

  friend bool operator==(const DaemonLogLevel&, const DaemonLogLevel&) = default;
};

using Command = std::variant<MeshCreate, MeshJoin, MeshAsk, MeshLeave, InviteCreate, InviteRevoke, MemberRevoke,
                             MemberAdmit, MemberRefuse, DaemonUp, DaemonReload, DaemonConfig, DaemonConfigDiff,
                             DaemonLogLevel, GuestAdd, GuestShow, GuestRemove, KeyRotate, AuthorityExport,
                             AuthorityImport, AliasSet, SelfChange, ServiceSet, ServiceRemove, ExitDrain>;

// Answered from the newest Snapshot, without the core.
struct Get {
  friend bool operator==(const Get&, const Get&) = default;
};
struct Watch {
  friend bool operator==(const Watch&, const Watch&) = default;
};

using Request = std::variant<Get, Watch, Command>;

// The name of a request's method: "mesh.create", "get".
std::string_view method(const Request& request);
std::string_view method(const Command& command);

}  // namespace smeg::control
