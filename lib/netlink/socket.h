// Netlink sockets: one for requests, of which there is one for each protocol, and one for news.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "netlink/codec.h"

struct mnl_socket;

namespace smeg::netlink {

struct CloseSocket {
  void operator()(mnl_socket* socket) const;
};
using SocketHandle = std::unique_ptr<mnl_socket, CloseSocket>;

// What a socket speaks: rtnetlink (links, addresses, routes), generic netlink (WireGuard), or the packet filter's.
enum class Protocol { route, generic, netfilter };

// Job: asks the kernel and waits for the answer. Caller: Host, on its thread. Each call takes at most the timeout given
// to open() (a dump: for each part of it). Fails with the kernel's error in words that begin with `what`, unavailable
// where no answer comes in time. An answer that comes too late is dropped by its sequence number. Requests and answers
// may hold keys: their bytes are wiped.
class RequestSocket {
 public:
  static Result<RequestSocket> open(Protocol protocol, std::chrono::milliseconds timeout);

  // A change; `what` is like "add route fd00::/64".
  Result<void> change(Bytes request, const std::string& what);
  // One message in answer.
  Result<Message> get(Bytes request, const std::string& what);
  // Everything of a kind. A dump that a change ran into is asked for again, limits::kDumpRetries times. visit() may so
  // see a message twice; start() is called before each try.
  Result<void> dump(const Bytes& request, const std::string& what, const std::function<void()>& start,
                    const std::function<void(Message&)>& visit);

  // By which news of our own changes are told from others'.
  std::uint32_t port() const;

 private:
  RequestSocket(SocketHandle socket, Protocol protocol, std::chrono::milliseconds timeout);
  // Wipes the request.
  Result<std::uint32_t> send(Bytes request, const std::string& what);
  // The messages of the next datagram from the kernel.
  Result<std::vector<Message>> receive(std::chrono::steady_clock::time_point deadline, const std::string& what);
  // What one pass of a dump came to.
  enum class Pass { whole, interrupted };
  Result<Pass> dump_once(Bytes request, const std::string& what, const std::function<void(Message&)>& visit);

  SocketHandle socket_;
  Protocol protocol_;
  std::chrono::milliseconds timeout_;
  std::uint32_t sequence_ = 0;
  Bytes buffer_;
};

// Job: hears of changes (multicast groups): to links, addresses, routes, traffic control and IPv6 settings by
// rtnetlink, to rules by the packet filter's; generic netlink has no news for us. Never blocks.
class NewsSocket {
 public:
  static Result<NewsSocket> open(Protocol protocol);

  int fd() const;
  // What came since, at most limits::kNetlinkChangesPerCall datagrams. False where messages were lost or could not be
  // read: then everything has to be looked at.
  bool take(const std::function<void(const Message&)>& visit);

 private:
  NewsSocket(SocketHandle socket, Protocol protocol);
  SocketHandle socket_;
  Protocol protocol_;
  Bytes buffer_;
};

}  // namespace smeg::netlink
