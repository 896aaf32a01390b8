#include "netstate/diff.h"

#include <algorithm>
#include <iterator>

namespace smeg::netstate {
namespace {

constexpr std::uint32_t kLeastIpv6Mtu = 1'280;  // below it the kernel takes IPv6 and its addresses off an interface

// Whether the interface can't become the wanted one while it runs.
bool must_restart(const ObservedInterface& seen, const Interface& wanted) {
  const bool another = seen.mesh && (*seen.mesh != wanted.mesh || seen.lane != wanted.lane);
  return seen.index == 0 || !seen.device || another || seen.backend != wanted.backend;
}

bool may_adopt(const ObservedPeer& seen, const EndpointChoice& wanted) {
  return seen.endpoint && (seen.last_handshake || *seen.endpoint == wanted.endpoint);
}

enum class EndpointStep { leave, set, adopt };

EndpointStep endpoint_step(const ObservedPeer* seen, const Peer& wanted) {
  if (!wanted.endpoint) return EndpointStep::leave;
  if (!seen) return EndpointStep::set;
  if (seen->chosen) return *seen->chosen == *wanted.endpoint ? EndpointStep::leave : EndpointStep::set;
  return may_adopt(*seen, *wanted.endpoint) ? EndpointStep::adopt : EndpointStep::set;
}

// One comparison. Holds what it was given and the plan that grows; used once.
class Diff {
 public:
  Diff(const Observed& observed, const State& desired) : observed_(observed), desired_(desired) {}

  Plan run() {
    find_conflicts();
    clear_the_way();
    add_interfaces();
    set_devices();
    for_each_wanted([this](const auto& name, const auto& wanted) { add_sources(name, wanted.device); });
    for_each_wanted([this](const auto& name, const auto& wanted) { add_peers(name, wanted.device); });
    for_each_wanted([this](const auto& name, const auto& wanted) { set_addresses_and_link(name, wanted); });
    for_each_wanted([this](const auto& name, const auto& wanted) { set_hairpin(name, wanted); });
    set_forwarding();
    add_routes();
    add_rules();
    remove_rules();
    remove_routes();
    remove_forwarding();
    for_each_wanted([this](const auto& name, const auto& wanted) { remove_hairpin(name, wanted); });
    for_each_wanted([this](const auto& name, const auto& wanted) { remove_addresses(name, wanted); });
    for_each_wanted([this](const auto& name, const auto& wanted) { remove_peers(name, wanted.device); });
    remove_interfaces();
    return std::move(plan_);
  }

 private:
  template <class Visit>
  void for_each_wanted(Visit visit) {
    for (const auto& [name, wanted] : desired_.interfaces) {
      if (!conflicting_.contains(name)) visit(name, wanted);
    }
  }

  // The interface as it runs on under the plan so far; null where there is none or it is removed.
  const ObservedInterface* running(const InterfaceName& name) const {
    const auto at = observed_.interfaces.find(name);
    return at == observed_.interfaces.end() || !at->second.ours || removed_.contains(name) ? nullptr : &at->second;
  }
  const ObservedDevice* running_device(const InterfaceName& name) const {
    const ObservedInterface* seen = running(name);
    return seen && seen->device ? &*seen->device : nullptr;
  }
  const ObservedPeer* running_peer(const InterfaceName& name, const crypto::WgPublicKey& key) const {
    const ObservedDevice* device = running_device(name);
    if (!device) return nullptr;
    const auto at = device->peers.find(key);
    return at == device->peers.end() ? nullptr : &at->second;
  }
  const RouteTarget* running_route(const RouteKey& key) const {
    const auto at = observed_.routes.find(key);
    return at == observed_.routes.end() || removed_.contains(at->second.interface) ? nullptr : &at->second;
  }
  bool wanted_route(const RouteKey& key) const {
    const auto at = desired_.routes.find(key);
    return at != desired_.routes.end() && has_interface(at->second);
  }
  bool has_interface(const RouteTarget& target) const {
    return desired_.interfaces.contains(target.interface) && !conflicting_.contains(target.interface);
  }

  void find_conflicts() {
    for (const auto& [name, wanted] : desired_.interfaces) {
      const auto at = observed_.interfaces.find(name);
      if (at == observed_.interfaces.end() || at->second.ours) continue;
      conflicting_.insert(name);
      plan_.conflicts.push_back(
          {name, Error{Code::conflict, "the network interface " + name.text() + " exists and is not ours",
                       "remove or rename it, or set interfacePrefix to another name"}});
    }
  }

  // Removes what can't run on beside or as the new: see diff.h.
  void clear_the_way() {
    for (const auto& [name, seen] : observed_.interfaces) {
      if (!seen.ours) continue;
      const auto wanted = desired_.interfaces.find(name);
      const bool in_the_way = wanted == desired_.interfaces.end()
                                  ? seen.device && port_is_wanted(name, seen.device->listen_port)
                                  : must_restart(seen, wanted->second);
      if (in_the_way) remove(name);
    }
  }

  // Whether another interface is to have this port.
  bool port_is_wanted(const InterfaceName& holder, std::uint16_t port) const {
    return port != 0 && std::ranges::any_of(desired_.interfaces, [&](const auto& wanted) {
             return wanted.first != holder && wanted.second.device.listen_port == port;
           });
  }

  void remove(const InterfaceName& name) {
    plan_.ops.push_back(RemoveInterface{name});
    removed_.insert(name);
  }

  void add_interfaces() {
    for_each_wanted([this](const auto& name, const auto& wanted) {
      if (!running(name)) plan_.ops.push_back(AddInterface{name, wanted.mesh, wanted.backend, wanted.lane});
    });
  }

  // A device that is to have another's port waits until that one has let go of it; in a ring of such devices one lets
  // go first and takes any port meanwhile.
  void set_devices() {
    std::map<InterfaceName, std::uint16_t> ports;
    std::vector<InterfaceName> waiting;
    for_each_wanted([&](const auto& name, const auto& wanted) {
      const ObservedDevice* seen = running_device(name);
      if (seen) ports[name] = seen->listen_port;
      if (!seen || device_differs(name, *seen, wanted.device)) waiting.push_back(name);
    });
    std::set<InterfaceName> let_go;
    while (!waiting.empty()) {
      auto next = std::ranges::find_if(waiting, [&](const auto& name) { return port_is_free(ports, name); });
      if (next == waiting.end() && let_go.insert(waiting.front()).second) {
        set_device(waiting.front(), 0);
        ports[waiting.front()] = 0;
        continue;
      }
      if (next == waiting.end()) next = waiting.begin();  // two want one port, against check(): the kernel refuses it
      set_device(*next, device_of(*next).listen_port);
      ports[*next] = device_of(*next).listen_port;
      waiting.erase(next);
    }
  }

  // A device that may have any port gives way to one that is to have the port it took.
  bool device_differs(const InterfaceName& name, const ObservedDevice& seen, const Device& wanted) const {
    const bool port_differs =
        wanted.listen_port == 0 ? port_is_wanted(name, seen.listen_port) : wanted.listen_port != seen.listen_port;
    return port_differs || seen.fwmark != wanted.fwmark || !(seen.private_key == wanted.private_key);
  }

  const Device& device_of(const InterfaceName& name) const { return desired_.interfaces.at(name).device; }

  bool port_is_free(const std::map<InterfaceName, std::uint16_t>& ports, const InterfaceName& name) const {
    const std::uint16_t wanted = device_of(name).listen_port;
    return wanted == 0 || std::ranges::none_of(
                              ports, [&](const auto& other) { return other.first != name && other.second == wanted; });
  }

  void set_device(const InterfaceName& name, std::uint16_t port) {
    const Device& wanted = device_of(name);
    plan_.ops.push_back(SetDevice{name, wanted.private_key, port, wanted.fwmark});
  }

  // Before any allowed prefix moves: a peer that loses one, and is to keep it as a source, has it at all times.
  void add_sources(const InterfaceName& name, const Device& wanted) {
    for (const auto& [key, peer] : wanted.peers) {
      const ObservedPeer* seen = running_peer(name, key);
      if (!seen) continue;
      SetPeer op{name, key, peer.preshared_key, peer.keepalive, {}, {}, false};
      std::ranges::set_difference(peer.sources, seen->sources, std::inserter(op.sources, op.sources.end()));
      if (!op.sources.empty()) plan_.ops.push_back(std::move(op));
    }
  }

  void add_peers(const InterfaceName& name, const Device& wanted) {
    for (const auto& [key, peer] : wanted.peers) add_peer(name, key, running_peer(name, key), peer);
  }

  void add_peer(const InterfaceName& name, const crypto::WgPublicKey& key, const ObservedPeer* seen,
                const Peer& wanted) {
    SetPeer op{name, key, wanted.preshared_key, wanted.keepalive, {}, {}, false};
    for (const auto& prefix : wanted.allowed_ips) {
      if (!seen || !seen->allowed_ips.contains(prefix)) op.allowed_ips.insert(prefix);
    }
    if (!seen) op.sources = wanted.sources;
    const EndpointStep step = endpoint_step(seen, wanted);
    if (step == EndpointStep::set) op.endpoint = wanted.endpoint;
    const bool changes = !seen || op.endpoint || !op.allowed_ips.empty() || seen->keepalive != wanted.keepalive ||
                         !(seen->preshared_key == wanted.preshared_key);
    if (changes) plan_.ops.push_back(std::move(op));
    if (step == EndpointStep::adopt) plan_.ops.push_back(AdoptEndpoint{name, key, *wanted.endpoint});
  }

  void set_addresses_and_link(const InterfaceName& name, const Interface& wanted) {
    const ObservedInterface* seen = running(name);
    const bool link_differs =
        !seen || !seen->up || seen->mtu != wanted.mtu || seen->mesh != wanted.mesh || seen->lane != wanted.lane;
    const bool link_first = seen && seen->mtu < kLeastIpv6Mtu;
    const SetLink link{name, wanted.mesh, wanted.mtu, wanted.lane};
    if (link_differs && link_first) plan_.ops.push_back(link);
    for (const auto& address : wanted.addresses) {
      if (!seen || !seen->addresses.contains(address)) plan_.ops.push_back(AddAddress{name, address});
    }
    if (link_differs && !link_first) plan_.ops.push_back(link);
  }

  void set_hairpin(const InterfaceName& name, const Interface& wanted) {
    const ObservedInterface* seen = running(name);
    if (wanted.hairpin && !(seen && seen->hairpin == wanted.hairpin)) {
      plan_.ops.push_back(SetHairpin{name, *wanted.hairpin});
    }
  }

  void remove_hairpin(const InterfaceName& name, const Interface& wanted) {
    const ObservedInterface* seen = running(name);
    if (seen && seen->hairpin && !wanted.hairpin) plan_.ops.push_back(RemoveHairpin{name});
  }

  // Without the interfaces that can't be had; empty where nothing is left to forward for.
  std::optional<Forwarding> wanted_forwarding() const {
    if (!desired_.forwarding) return std::nullopt;
    Forwarding wanted = *desired_.forwarding;
    for (auto* names : {&wanted.meshes, &wanted.apart, &wanted.back}) {
      std::erase_if(*names, [this](const auto& name) { return conflicting_.contains(name); });
    }
    std::erase_if(wanted.beyond, [this](const auto& entry) { return conflicting_.contains(entry.first); });
    std::erase_if(wanted.lanes, [&](const auto& lane) {
      const bool gone = !wanted.meshes.contains(lane.first) || !wanted.meshes.contains(lane.second);
      if (gone) wanted.meshes.erase(lane.first);
      return gone;
    });
    return wanted.meshes.empty() ? std::nullopt : std::optional(std::move(wanted));
  }

  void set_forwarding() {
    auto wanted = wanted_forwarding();
    if (wanted && wanted != observed_.forwarding) plan_.ops.push_back(SetForwarding{*std::move(wanted)});
  }

  void remove_forwarding() {
    if (observed_.forwarding && !wanted_forwarding()) plan_.ops.push_back(RemoveForwarding{});
  }

  void add_routes() {
    for (const auto& [key, target] : desired_.routes) {
      if (!has_interface(target)) continue;
      const RouteTarget* seen = running_route(key);
      if (!seen) {
        plan_.ops.push_back(AddRoute{key, target});
      } else if (*seen != target) {
        plan_.ops.push_back(ReplaceRoute{key, target});
      }
    }
  }

  // In the order in which they are asked, and back: what keeps packets out of a table is there before what leads into
  // it, and goes behind it.
  void add_rules() {
    for (const Rule& rule : desired_.rules) {
      if (!observed_.rules.contains(rule)) plan_.ops.push_back(AddRule{rule});
    }
  }

  void remove_rules() {
    for (auto rule = observed_.rules.rbegin(); rule != observed_.rules.rend(); ++rule) {
      if (!desired_.rules.contains(*rule)) plan_.ops.push_back(RemoveRule{*rule});
    }
  }

  void remove_routes() {
    for (const auto& [key, target] : observed_.routes) {
      if (running_route(key) && !wanted_route(key)) plan_.ops.push_back(RemoveRoute{key, target});
    }
  }

  void remove_addresses(const InterfaceName& name, const Interface& wanted) {
    const ObservedInterface* seen = running(name);
    if (!seen) return;
    for (const auto& [address, ours] : seen->addresses) {
      if (ours && !wanted.addresses.contains(address)) plan_.ops.push_back(RemoveAddress{name, address});
    }
  }

  // Peers that nobody wants, and prefixes that no peer is to have any more. (What another peer is to have it has taken
  // by now.)
  void remove_peers(const InterfaceName& name, const Device& wanted) {
    const ObservedDevice* seen = running_device(name);
    if (!seen) return;
    std::set<addr::Prefix> all;
    for (const auto& [key, peer] : wanted.peers) all.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
    for (const auto& [key, peer] : seen->peers) {
      const auto at = wanted.peers.find(key);
      if (at == wanted.peers.end()) {
        plan_.ops.push_back(RemovePeer{name, key});
      } else {
        keep_prefixes(name, key, at->second, !std::ranges::includes(all, peer.allowed_ips),
                      !std::ranges::includes(at->second.sources, peer.sources));
      }
    }
  }

  void keep_prefixes(const InterfaceName& name, const crypto::WgPublicKey& key, const Peer& wanted, bool allowed_ips,
                     bool sources) {
    if (!allowed_ips && !sources) return;
    SetPeer op{name, key, wanted.preshared_key, wanted.keepalive, {}, {}, allowed_ips, {}, sources};
    if (allowed_ips) op.allowed_ips = wanted.allowed_ips;
    if (sources) op.sources = wanted.sources;
    plan_.ops.push_back(std::move(op));
  }

  void remove_interfaces() {
    for (const auto& [name, seen] : observed_.interfaces) {
      if (seen.ours && !removed_.contains(name) && !desired_.interfaces.contains(name)) remove(name);
    }
  }

  const Observed& observed_;
  const State& desired_;
  std::set<InterfaceName> conflicting_;
  std::set<InterfaceName> removed_;
  Plan plan_;
};

}  // namespace

Plan diff(const Observed& observed, const State& desired) { return Diff(observed, desired).run(); }

}  // namespace smeg::netstate
