#include "netstate/state.h"

namespace smeg::netstate {
namespace {

constexpr std::uint32_t kLeastMtu = 1'280;
constexpr std::uint32_t kGreatestMtu = 65'535;

tl::unexpected<Error> bad(Code code, const InterfaceName& name, const std::string& what) {
  return fail(code, "interface " + name.text() + ": " + what);
}

Result<void> check_device(const InterfaceName& name, const Device& device) {
  if (!device.peers.empty() && device.peers.contains(crypto::wg_public_key(device.private_key))) {
    return bad(Code::conflict, name, "is a peer of its own");
  }
  std::set<addr::Prefix> seen;
  for (const auto& [key, peer] : device.peers) {
    if (peer.keepalive.count() < 0 || peer.keepalive.count() > 65'535) {
      return bad(Code::invalid, name, "a persistent keepalive is 0 to 65535 seconds");
    }
    for (const auto& prefix : peer.allowed_ips) {
      if (!seen.insert(prefix).second) {
        return bad(Code::conflict, name, "two peers are to have " + prefix.to_string());
      }
    }
  }
  return {};
}

}  // namespace

std::string Address::to_string() const { return address.to_string() + "/" + std::to_string(prefix_length); }

Result<void> check(const State& state) {
  std::set<std::uint16_t> ports;
  for (const auto& [name, interface] : state.interfaces) {
    if (interface.mtu < kLeastMtu || interface.mtu > kGreatestMtu) {
      return bad(Code::invalid, name, "an MTU is 1280 to 65535 bytes");
    }
    if (interface.hairpin && !interface.hairpin->within.address().is_v6()) {
      return bad(Code::invalid, name, "a hairpin is for IPv6");
    }
    const std::uint16_t port = interface.device.listen_port;
    if (port != 0 && !ports.insert(port).second) {
      return bad(Code::conflict, name, "listen port " + std::to_string(port) + " is another interface's");
    }
    if (auto device = check_device(name, interface.device); !device) return device;
  }
  for (const auto& [key, target] : state.routes) {
    if (key.metric == 0 || key.table == 0) {
      return bad(Code::invalid, target.interface, "a route has a metric and a table of 1 or more");
    }
    if (!state.interfaces.contains(target.interface)) {
      return bad(Code::invalid, target.interface, "the route to " + key.prefix.to_string() + " leads to no interface");
    }
  }
  return {};
}

}  // namespace smeg::netstate
