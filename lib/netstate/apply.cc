#include "netstate/apply.h"

#include <algorithm>

namespace smeg::netstate {
namespace {

constexpr std::uint32_t kMtuAtStart = 1'420;
constexpr std::uint32_t kLeastIpv6Mtu = 1'280;
constexpr std::uint32_t kFirstEngine = 1'000;     // process ids of engines: this and the link's number
constexpr std::uint16_t kFirstFreePort = 49'152;  // RFC 6335 section 6: dynamic ports

std::uint32_t next_index(const Observed& kernel) {
  std::uint32_t index = 1;  // the loopback interface
  for (const auto& [name, interface] : kernel.interfaces) index = std::max(index, interface.index);
  return index + 1;
}

bool port_in_use(const Observed& kernel, const InterfaceName& except, std::uint16_t port) {
  return std::ranges::any_of(kernel.interfaces, [&](const auto& other) {
    return other.first != except && other.second.device && other.second.device->listen_port == port;
  });
}

std::uint16_t free_port(const Observed& kernel, const InterfaceName& name) {
  std::uint16_t port = kFirstFreePort;
  while (port_in_use(kernel, name, port)) ++port;
  return port;
}

struct Apply {
  Observed& kernel;

  Result<ObservedInterface*> find(const InterfaceName& name) const {
    const auto at = kernel.interfaces.find(name);
    if (at == kernel.interfaces.end()) return fail(Code::not_found, "there is no interface " + name.text());
    if (!at->second.ours) return fail(Code::forbidden, "the interface " + name.text() + " is not ours");
    return &at->second;
  }
  Result<ObservedDevice*> find_device(const InterfaceName& name) const {
    const auto interface = find(name);
    if (!interface) return fail(interface.error());
    if (!(*interface)->device) return fail(Code::unavailable, "the device " + name.text() + " does not answer");
    return &*(*interface)->device;
  }
  Result<ObservedPeer*> find_peer(const InterfaceName& name, const crypto::WgPublicKey& key) const {
    const auto device = find_device(name);
    if (!device) return fail(device.error());
    const auto at = (*device)->peers.find(key);
    if (at == (*device)->peers.end()) return fail(Code::not_found, name.text() + " has no such peer");
    return &at->second;
  }

  Result<void> operator()(const AddInterface& op) const {
    if (op.backend == Backend::kernel && !kernel.kernel_refusal.empty()) {
      return fail(Code::unsupported, kernel.kernel_refusal);
    }
    if (kernel.interfaces.contains(op.interface)) {
      return fail(Code::exists, "the interface " + op.interface.text() + " exists");
    }
    ObservedInterface fresh;
    fresh.ours = true;
    fresh.index = next_index(kernel);
    fresh.mesh = op.mesh;
    fresh.lane = op.lane;
    fresh.backend = op.backend;
    fresh.mtu = kMtuAtStart;
    if (op.backend == Backend::userspace) fresh.engine = kFirstEngine + fresh.index;
    fresh.device.emplace();
    kernel.interfaces.emplace(op.interface, std::move(fresh));
    return {};
  }

  Result<void> operator()(const RemoveInterface& op) const {
    if (const auto interface = find(op.interface); !interface) return fail(interface.error());
    kernel.interfaces.erase(op.interface);
    std::erase_if(kernel.routes, [&](const auto& route) { return route.second.interface == op.interface; });
    return {};
  }

  Result<void> operator()(const SetLink& op) const {
    const auto interface = find(op.interface);
    if (!interface) return fail(interface.error());
    (*interface)->mesh = op.mesh;
    (*interface)->lane = op.lane;
    (*interface)->mtu = op.mtu;
    (*interface)->up = true;
    return {};
  }

  Result<void> operator()(const AddAddress& op) const {
    const auto interface = find(op.interface);
    if (!interface) return fail(interface.error());
    if (op.address.address.is_v6() && (*interface)->mtu < kLeastIpv6Mtu) {
      return fail(Code::io, op.interface.text() + " has no IPv6: its MTU is too small");
    }
    if ((*interface)->addresses.contains(op.address)) {
      return fail(Code::exists, op.interface.text() + " has the address " + op.address.to_string());
    }
    (*interface)->addresses.emplace(op.address, true);
    return {};
  }

  Result<void> operator()(const RemoveAddress& op) const {
    const auto interface = find(op.interface);
    if (!interface) return fail(interface.error());
    if ((*interface)->addresses.erase(op.address) == 0) {
      return fail(Code::not_found, op.interface.text() + " has no address " + op.address.to_string());
    }
    return {};
  }

  Result<void> operator()(const SetDevice& op) const {
    const auto device = find_device(op.interface);
    if (!device) return fail(device.error());
    if (op.listen_port != 0 && port_in_use(kernel, op.interface, op.listen_port)) {
      return fail(Code::io, "port " + std::to_string(op.listen_port) + " is in use");
    }
    (*device)->private_key = op.private_key;
    (*device)->listen_port = op.listen_port != 0 ? op.listen_port : free_port(kernel, op.interface);
    (*device)->fwmark = op.fwmark;
    return {};
  }

  Result<void> operator()(const SetPeer& op) const {
    const auto device = find_device(op.interface);
    if (!device) return fail(device.error());
    if (!op.sources.empty() && kernel.interfaces.at(op.interface).backend == Backend::kernel) {
      return fail(Code::unsupported, "the kernel's WireGuard takes a source from one peer alone");
    }
    ObservedPeer& peer = (*device)->peers[op.peer];
    peer.preshared_key = op.preshared_key;
    peer.keepalive = op.keepalive;
    if (op.endpoint) {
      peer.endpoint = op.endpoint->endpoint;
      peer.chosen = op.endpoint;
    }
    if (op.replace) peer.allowed_ips.clear();
    if (op.replace_sources) peer.sources.clear();
    peer.sources.insert(op.sources.begin(), op.sources.end());
    for (const auto& prefix : op.allowed_ips) {
      for (auto& [key, other] : (*device)->peers) other.allowed_ips.erase(prefix);
      peer.allowed_ips.insert(prefix);
    }
    return {};
  }

  Result<void> operator()(const AdoptEndpoint& op) const {
    const auto peer = find_peer(op.interface, op.peer);
    if (!peer) return fail(peer.error());
    (*peer)->chosen = op.endpoint;
    return {};
  }

  Result<void> operator()(const RemovePeer& op) const {
    if (const auto peer = find_peer(op.interface, op.peer); !peer) return fail(peer.error());
    kernel.interfaces.at(op.interface).device->peers.erase(op.peer);
    return {};
  }

  Result<void> operator()(const SetHairpin& op) const {
    const auto interface = find(op.interface);
    if (!interface) return fail(interface.error());
    (*interface)->hairpin = op.hairpin;
    return {};
  }

  Result<void> operator()(const RemoveHairpin& op) const {
    const auto interface = find(op.interface);
    if (!interface) return fail(interface.error());
    (*interface)->hairpin.reset();
    return {};
  }

  Result<void> usable(const RouteTarget& target) const {
    const auto interface = find(target.interface);
    if (!interface) return fail(interface.error());
    if (!(*interface)->up) return fail(Code::io, "the interface " + target.interface.text() + " is down");
    return {};
  }

  Result<void> operator()(const AddRoute& op) const {
    if (const auto ok = usable(op.target); !ok) return ok;
    if (!kernel.routes.emplace(op.key, op.target).second) {
      return fail(Code::exists, "there is a route to " + op.key.prefix.to_string());
    }
    return {};
  }

  Result<void> operator()(const ReplaceRoute& op) const {
    if (const auto ok = usable(op.target); !ok) return ok;
    const auto at = kernel.routes.find(op.key);
    if (at == kernel.routes.end()) return fail(Code::not_found, "there is no route to " + op.key.prefix.to_string());
    at->second = op.target;
    return {};
  }

  Result<void> operator()(const RemoveRoute& op) const {
    const auto at = kernel.routes.find(op.key);
    if (at == kernel.routes.end() || at->second != op.target) {
      return fail(Code::not_found, "there is no route to " + op.key.prefix.to_string());
    }
    kernel.routes.erase(at);
    return {};
  }

  Result<void> operator()(const AddRule& op) const {
    if (!kernel.rules.insert(op.rule).second) {
      return fail(Code::exists, "there is a routing rule " + std::to_string(op.rule.priority));
    }
    return {};
  }

  Result<void> operator()(const RemoveRule& op) const {
    if (kernel.rules.erase(op.rule) == 0) {
      return fail(Code::not_found, "there is no routing rule " + std::to_string(op.rule.priority));
    }
    return {};
  }

  Result<void> operator()(const SetForwarding& op) const {
    kernel.forwarding = op.forwarding;
    return {};
  }

  Result<void> operator()(const RemoveForwarding&) const {
    kernel.forwarding.reset();
    return {};
  }
};

}  // namespace

Result<void> apply(Observed& kernel, const Op& op) { return std::visit(Apply{kernel}, op); }

std::vector<Result<void>> apply(Observed& kernel, const Plan& plan) {
  std::vector<Result<void>> results;
  results.reserve(plan.ops.size());
  for (const Op& op : plan.ops) results.push_back(apply(kernel, op));
  return results;
}

}  // namespace smeg::netstate
