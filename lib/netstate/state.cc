#include "netstate/state.h"

namespace smeg::netstate {
namespace {

constexpr std::uint32_t kLeastMtu = 1'280;
constexpr std::uint32_t kGreatestMtu = 65'535;

tl::unexpected<Error> bad(Code code, const InterfaceName& name, const std::string& what) {
  return fail(code, "interface " + name.text() + ": " + what);
}

bool is_mtu(std::uint32_t mtu) { return mtu >= kLeastMtu && mtu <= kGreatestMtu; }

Result<void> check_device(const InterfaceName& name, Backend backend, const Device& device) {
  if (!device.peers.empty() && device.peers.contains(crypto::wg_public_key(device.private_key))) {
    return bad(Code::conflict, name, "is a peer of its own");
  }
  std::set<addr::Prefix> seen;
  for (const auto& [key, peer] : device.peers) {
    if (backend == Backend::kernel && !peer.sources.empty()) {
      return bad(Code::unsupported, name, "the kernel's WireGuard takes a source from one peer alone");
    }
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

Result<void> check_route(const State& state, const RouteKey& key, const RouteTarget& target) {
  if (key.metric == 0 || key.table == 0) {
    return bad(Code::invalid, target.interface, "a route has a metric and a table of 1 or more");
  }
  if (!state.interfaces.contains(target.interface)) {
    return bad(Code::invalid, target.interface, "the route to " + key.prefix.to_string() + " leads to no interface");
  }
  if (target.mtu == 0 ? target.mtu_fixed : !is_mtu(target.mtu)) {
    return bad(Code::invalid, target.interface, "a route's MTU is 1280 to 65535 bytes");
  }
  return {};
}

Result<void> check_rules(const std::set<Rule>& rules) {
  std::set<std::uint32_t> priorities;
  for (const Rule& rule : rules) {
    if (rule.priority == 0 || rule.table == 0) {
      return fail(Code::invalid, "a routing rule has a priority and a table of 1 or more");
    }
    if (!priorities.insert(rule.priority).second) {
      return fail(Code::conflict, "two routing rules have the priority " + std::to_string(rule.priority));
    }
  }
  return {};
}

Result<void> check_beyond(const Forwarding& forwarding) {
  for (const auto& [name, beyond] : forwarding.beyond) {
    if (!forwarding.meshes.contains(name)) return bad(Code::invalid, name, "nothing is forwarded of it");
    for (const auto* prefixes : {&beyond.behind, &beyond.masqueraded}) {
      for (const auto& prefix : *prefixes) {
        if (!prefix.address().is_v6())
          return fail(Code::invalid, "forwarding to " + prefix.to_string() + " is not IPv6");
      }
    }
  }
  return {};
}

Result<void> check_forwarding(const State& state, const Forwarding& forwarding) {
  if (forwarding.meshes.empty()) return fail(Code::invalid, "forwarding takes an interface at the least");
  for (const auto& name : forwarding.meshes) {
    if (!state.interfaces.contains(name)) return bad(Code::invalid, name, "there is nothing to forward from and to");
  }
  for (const auto& name : forwarding.apart) {
    if (!forwarding.meshes.contains(name)) return bad(Code::invalid, name, "is apart from meshes that it isn't among");
  }
  for (const auto& name : forwarding.back) {
    if (!forwarding.meshes.contains(name))
      return bad(Code::invalid, name, "forwarding back over it, and to nowhere else");
  }
  for (const auto& [lane, main] : forwarding.lanes) {
    const bool both = forwarding.meshes.contains(lane) && forwarding.meshes.contains(main);
    const bool named = forwarding.lanes.contains(main) || forwarding.back.contains(lane) ||
                       forwarding.apart.contains(lane) || forwarding.beyond.contains(lane);
    if (!both || named) return bad(Code::invalid, lane, "a lane of nothing that is forwarded");
  }
  return check_beyond(forwarding);
}

}  // namespace

std::string Address::to_string() const { return address.to_string() + "/" + std::to_string(prefix_length); }

Result<void> check(const State& state) {
  std::set<Owner> owners;
  std::set<std::uint16_t> ports;
  for (const auto& [name, interface] : state.interfaces) {
    if (interface.lane > kLanesPerMesh) return bad(Code::invalid, name, "there is no lane of that number");
    if (!owners.insert({interface.mesh, interface.lane}).second) {
      return bad(Code::conflict, name, "another interface is the same mesh's");
    }
    if (!is_mtu(interface.mtu)) return bad(Code::invalid, name, "an MTU is 1280 to 65535 bytes");
    if (interface.hairpin && !interface.hairpin->within.address().is_v6()) {
      return bad(Code::invalid, name, "a hairpin is for IPv6");
    }
    const std::uint16_t port = interface.device.listen_port;
    if (port != 0 && !ports.insert(port).second) {
      return bad(Code::conflict, name, "listen port " + std::to_string(port) + " is another interface's");
    }
    if (auto device = check_device(name, interface.backend, interface.device); !device) return device;
  }
  for (const auto& [key, target] : state.routes) {
    if (auto route = check_route(state, key, target); !route) return route;
  }
  if (auto rules = check_rules(state.rules); !rules) return rules;
  return state.forwarding ? check_forwarding(state, *state.forwarding) : Result<void>{};
}

}  // namespace smeg::netstate
