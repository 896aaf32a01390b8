// What goes into a Node and what comes out of it: sessions, effects, host facts. Values only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "control/control.h"
#include "crypto/crypto.h"
#include "netstate/netstate.h"

namespace smeg::node {

// Names a TLS session for as long as it lives, and is never used again. The shell draws the ids of inbound sessions,
// counting up from 1; the node draws those that it dials, with the highest bit set.
using SessionId = StrongId<struct SessionTag, std::uint64_t>;
inline constexpr std::uint64_t kDialledSession = std::uint64_t{1} << 63;
// Names a Persist; they grow, and are confirmed in any order.
using Ticket = StrongId<struct TicketTag, std::uint64_t>;
// Names a command of a control client; drawn by the shell.
using control::CommandId;

// What is spoken on a session (its ALPN).
enum class Protocol {
  member,  // "smeg/1"
  join,    // "smeg-join/1"
};

struct DialTarget {
  std::string host;  // an IP address, or a name that the shell resolves
  std::uint16_t port = 0;

  friend auto operator<=>(const DialTarget&, const DialTarget&) = default;
};

// ---- In: what happened to a session ----

// The TLS handshake is done: the peer holds the key of the certificate that it shows. Whether that certificate may be
// here, the node decides.
struct SessionOpened {
  SessionId session;
  MeshId mesh;  // by SNI, or as dialled
  Protocol protocol = Protocol::member;
  bool inbound = false;
  Bytes peer_certificate;    // DER
  ByteArray<32> exporter{};  // TLS exporter "EXPORTER-smegmesh-join", the same at both ends
  addr::Endpoint remote;
  addr::Endpoint local;
};
struct SessionMessage {
  SessionId session;
  Bytes message;  // one frame's content
};
// Also the answer to a Dial that failed.
struct SessionClosed {
  SessionId session;
  std::string reason;
};
using SessionEvent = std::variant<SessionOpened, SessionMessage, SessionClosed>;

// ---- Out: effects, to be carried out in order ----

// From now on sessions of this mesh use this certificate; serve: inbound ones too. Replaces an earlier one.
struct UseIdentity {
  MeshId mesh;
  Bytes certificate;
  crypto::IdentityPrivateKey key;
  bool serve = false;
};
struct ForgetIdentity {
  MeshId mesh;
};
// Candidates are tried side by side (RFC 8305); answered by SessionOpened or SessionClosed.
struct Dial {
  SessionId session;
  MeshId mesh;
  Protocol protocol = Protocol::member;
  std::vector<DialTarget> targets;
  // Whose key the other side must hold: an address where somebody else answers is passed over. None: whoever it is.
  std::optional<crypto::IdentityKey> peer = {};
  Duration patience = std::chrono::seconds(10);  // for all of it
};
// A message for a session that has closed meanwhile is dropped.
struct Send {
  SessionId session;
  Bytes message;
};
// What was sent before still goes out, within reason. No SessionClosed follows.
struct Close {
  SessionId session;
  std::string reason;
};
// Answered by netstate's PlanDone with the same id. One at a time.
struct Apply {
  netstate::PlanId id;
  netstate::Plan plan;
};
// Answered by netstate's Observed, or with devices_only by DevicesSeen.
struct Observe {
  bool devices_only = false;
};

enum class File {
  state,    // must not be lost: a failed write is reported, and nothing that depends on it leaves the host
  members,  // a cache
};
// Replace the whole file; answered by on_persisted or on_persist_failed. contents of File::state hold secrets.
struct Persist {
  Ticket ticket;
  File file = File::state;
  Bytes contents;
};
// Answered by on_token: the content of a file that the configuration names as `tokenFile` of that mesh.
struct ReadToken {
  std::string mesh;
  std::string path;
};
// Answered by on_configuration: the daemon's configuration, read and checked anew.
struct ReadConfiguration {};
struct SetLogLevel {
  control::LogLevel level = control::LogLevel::info;
};
struct Reply {
  CommandId command;
  Result<control::Reply> reply;
};
struct Publish {
  std::shared_ptr<const control::Snapshot> snapshot;
};
// A program of the operator's (config::Hooks). Answered by on_hook_done, however it ended. What is to be applied or
// observed after it waits for it.
struct RunHook {
  std::string hook;                  // "preUp"
  std::vector<std::string> command;  // not empty
  MeshId mesh;
  std::string name;  // of the mesh, here
  netstate::InterfaceName interface;
  std::optional<addr::IpAddress> address;  // of this host in the mesh, where known
};
// A line for the log. The node itself writes none.
struct Note {
  enum class Level { debug, info, warning, error };
  Level level = Level::info;
  std::string text;
};

using Effect = std::variant<UseIdentity, ForgetIdentity, Dial, Send, Close, Apply, Observe, Persist, ReadToken, RunHook,
                            ReadConfiguration, SetLogLevel, Reply, Publish, Note>;

// The files as they were found; nothing where there was none.
struct LoadedFiles {
  std::optional<Bytes> state;
  std::optional<Bytes> members;
};

}  // namespace smeg::node
