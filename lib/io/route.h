// Which way the kernel sends a datagram, and when that may have changed.
#pragma once

#include "io/descriptor.h"
#include "io/udp.h"

namespace smeg::io {

// Asks the kernel's routing (rtnetlink, RTM_GETROUTE), in the network namespace in which it was opened. One thread.
// Needs no privilege, and waits for nothing: the kernel answers at once.
class Routes {
 public:
  static Result<Routes> open();

  // The index of the interface over which a UDP datagram leaves for that remote, from that local address (where there
  // is one) and port, with that mark; nullopt where it can't: no route, or the address isn't this host's. Error: io
  // where the kernel can't be asked.
  Result<std::optional<std::uint32_t>> interface_for(const UdpPath& path, std::uint16_t port, std::uint32_t mark);

 private:
  explicit Routes(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
  std::uint32_t sequence_ = 0;
};

// Listens for anything that may change a route: routes, rules, addresses and links, of the namespace in which it was
// opened. What exactly isn't told. One thread.
class RouteWatch {
 public:
  static Result<RouteWatch> open();

  int descriptor() const { return socket_.get(); }  // non-blocking; readable when there is news
  // Takes what waits.
  void quiet();

 private:
  explicit RouteWatch(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

// The answer to the question of that number in a datagram of rtnetlink; interface 0 where there is no way. nullopt
// where there is no such answer. Part of Routes, for tests.
std::optional<std::uint32_t> parse_route_answer(ByteView datagram, std::uint32_t sequence);

}  // namespace smeg::io
