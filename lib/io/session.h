// TLS 1.3 sessions between hosts: the sockets, handshakes and queues under the core's Dial, Send and Close.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "addr/addr.h"
#include "crypto/crypto.h"

namespace smeg::io {

// Names a session for as long as it lives, and is never used again. The host numbers those that come in, from 1 up;
// whoever dials chooses the rest, with the highest bit set.
using SessionId = StrongId<struct IoSessionTag, std::uint64_t>;
inline constexpr std::uint64_t kDialledSession = std::uint64_t{1} << 63;

// What a session is for, by its ALPN.
enum class Protocol {
  member,  // "smeg/1": two members
  join,    // "smeg-join/1": a newcomer, who shows a certificate of its own making, and the issuer of its invite
};

// Where somebody may be reached: an address or a name, without brackets, and a port.
struct Candidate {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct DialRequest {
  SessionId session;  // with kDialledSession set
  MeshId mesh;
  Protocol protocol = Protocol::member;
  // In order of preference; families are mixed and tried side by side (RFC 8305).
  std::vector<Candidate> candidates;
  // Whose key the other side must hold. An address where somebody else answers is then passed over.
  std::optional<crypto::IdentityKey> expect;
  Duration timeout = std::chrono::seconds(10);
};

// The other side holds the key of the certificate; whether that key may be here is for the core to say.
struct SessionOpened {
  SessionId session;
  MeshId mesh;
  Protocol protocol = Protocol::member;
  bool inbound = false;      // the other side dialled
  Bytes certificate;         // DER, as crypto::parse_x509 accepts it
  ByteArray<32> exporter{};  // RFC 8446 section 7.5, label "EXPORTER-smegmesh-join", no context
  addr::Endpoint local;
  addr::Endpoint remote;
};
struct SessionMessage {
  SessionId session;
  Bytes message;
};
// Nothing follows about that session. Comes once for every session and dial that ends otherwise than by close(): also
// for a dial that leads to none.
struct SessionClosed {
  SessionId session;
  std::string reason;  // in an operator's words
};
using SessionEvent = std::variant<SessionOpened, SessionMessage, SessionClosed>;

struct SessionOptions {
  std::uint32_t mark = 0;  // SO_MARK of every socket; 0: none. Needs CAP_NET_ADMIN
  Duration handshake_timeout = limits::kHandshakeTimeout;
  // How long a session that nobody has accepted may stay, counted from the end of its handshake.
  Duration accept_timeout = limits::kHandshakeTimeout;
  // A peer that takes no data for so long is gone (TCP_USER_TIMEOUT).
  Duration dead_after = std::chrono::seconds(15);
};

// Counters since start.
struct SessionCounters {
  std::uint64_t accepted = 0;     // TCP connections taken
  std::uint64_t turned_away = 0;  // closed to make room
  std::uint64_t handshakes = 0;   // finished well, either side
  std::uint64_t handshakes_failed = 0;
  std::uint64_t dials = 0;
  std::uint64_t dials_failed = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t bytes_in = 0;  // of messages
  std::uint64_t bytes_out = 0;
};

// Listens, dials and carries sessions on a thread of its own, so that no handshake and no full socket holds up the
// core. Called from one thread, the core's; events go to `post`, which must run them on that same thread in order.
// Fails by events: a session that breaks any rule is closed with its reason, nothing else suffers.
// Checks that the other side holds the key of a well-formed certificate; does not know who is a member.
class SessionHost {
 public:
  using Task = std::function<void()>;
  using Post = std::function<void(Task)>;
  using Handler = std::function<void(SessionEvent)>;

  SessionHost(SessionOptions options, Post post, Handler handler);
  // Closes everything at once. No event comes after.
  ~SessionHost();

  // Binds all addresses or none; may be called once more for further ones. Port 0 takes a free one.
  // "::" serves IPv4 too. Returns what was bound, in the order given.
  Result<std::vector<addr::Endpoint>> listen(const std::vector<addr::Endpoint>& at);

  // Whom this host is in a mesh: for dialling, and for those who dial where serve is set. Replaces an earlier one;
  // sessions that are open stay as they are. malformed where certificate and key do not go together.
  Result<void> use_identity(const MeshId& mesh, ByteView certificate, const crypto::IdentityPrivateKey& key,
                            bool serve);
  void drop_identity(const MeshId& mesh);

  // Ends in SessionOpened or SessionClosed. close() calls it off.
  void dial(DialRequest request);

  // The core has found that the other side may be here. One that was dialled from outside and isn't accepted in time
  // is closed, and may be closed earlier to make room.
  void accept(SessionId session);
  // Over limits::kSendQueueBytes the session is closed. Ignored for a session that is gone, as all below.
  void send(SessionId session, Bytes message);
  // What was sent before still goes out, for at most two seconds. No SessionClosed follows.
  void close(SessionId session);
  // Closes every session in that way, stops listening and dialling; done is called on the core's thread at the end.
  void drain(Task done);

  SessionCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace smeg::io
