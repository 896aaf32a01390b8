// A network namespace with a netlink::Host in it.
//
//   +-- namespace, mount namespace with /run/wireguard of its own --+
//   |   lo      smeg0, smeg1 ... (WireGuard)   dummies, by test     |
//   +---------------------------------------------------------------+
//
// Needs root and /dev/net/tun. WireGuard is the kernel's where $BACKEND is "kernel"; else an engine serves it: that of
// $SMEGD where this is set, or wireguard-go.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "netlink/netlink.h"

namespace smeg::netlink::test {

// Once for the program: a mount namespace in which /run/wireguard is empty and ours. False where that can't be had.
bool isolate_files();

// Of the interfaces in these tests.
netstate::Backend backend();
inline const bool engines_only = backend() == netstate::Backend::kernel;  // for doctest::skip: what only engines can do
inline const bool kernel_only = !engines_only;

netstate::InterfaceName interface_name(unsigned number);  // "smeg0"
MeshId mesh(std::uint8_t number);
addr::Prefix prefix(std::string_view text);
netstate::Address address(std::string_view text);
crypto::WgPublicKey peer_key(std::uint8_t number);

// smeg0 of mesh 1: port 51820, fd00::1, two peers, a route to fd00::/64.
netstate::State office();

Options options();
// Runs ip(8) or another program by the shell; the test fails where that fails.
void run(const std::string& command);
std::string output_of(const std::string& command);

// A fresh network namespace for one test; at its end the interfaces of its Host are taken down.
class Fixture {
 public:
  Fixture();
  ~Fixture();
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  Host& host() { return *host_; }
  // As a daemon that was killed and started again.
  void restart();
  netstate::Observed observe();
  // Observes, compares and applies; every operation must succeed.
  netstate::Plan reach(const netstate::State& desired);
  // Whether nothing is left to do.
  bool holds(const netstate::State& desired);
  // Whether no interface or route of ours is there.
  bool is_empty();
  // Waits for news, at most a second.
  Changes next_changes();

 private:
  std::unique_ptr<Host> host_;
};

}  // namespace smeg::netlink::test
