#include "sim/packets.h"

#include <algorithm>

namespace smeg::sim {
namespace {

using netstate::InterfaceName;
using netstate::ObservedDevice;
using netstate::ObservedInterface;

const InterfaceName* route_to(const netstate::Observed& state, const addr::IpAddress& destination) {
  const netstate::RouteKey* best = nullptr;
  const InterfaceName* out = nullptr;
  for (const auto& [key, target] : state.routes) {
    if (!key.prefix.contains(destination)) continue;
    if (best && best->prefix.length() >= key.prefix.length()) continue;
    best = &key;
    out = &target.interface;
  }
  return out;
}

// The peer whose allowed-ips an address belongs to, and how closely.
struct Match {
  const crypto::WgPublicKey* peer = nullptr;
  unsigned length = 0;
};

Match match(const ObservedDevice& device, const addr::IpAddress& address) {
  Match out;
  for (const auto& [key, peer] : device.peers) {
    for (const addr::Prefix& prefix : peer.allowed_ips) {
      if (prefix.contains(address) && (!out.peer || prefix.length() > out.length)) out = {&key, prefix.length()};
    }
  }
  return out;
}

bool takes(const ObservedDevice& device, const crypto::WgPublicKey& from, const addr::IpAddress& source) {
  const auto peer = device.peers.find(from);
  if (peer == device.peers.end()) return false;
  const Match best = match(device, source);
  if (best.peer && *best.peer == from) return true;
  return std::ranges::any_of(peer->second.sources, [&](const addr::Prefix& prefix) {
    return prefix.contains(source) && (!best.peer || prefix.length() >= best.length);
  });
}

bool is_own(const netstate::Observed& state, const addr::IpAddress& destination) {
  return std::ranges::any_of(state.interfaces, [&](const auto& entry) {
    return entry.second.addresses.contains(netstate::Address::host(destination));
  });
}

bool passes_on(const netstate::Observed& state, const InterfaceName& in, const InterfaceName& out,
               const addr::IpAddress& destination) {
  const auto& hairpin = state.interfaces.at(in).hairpin;
  if (in == out && hairpin && hairpin->within.contains(destination)) return true;
  if (!state.forwarding) return false;
  const auto main_of = [&](const InterfaceName& name) {
    const auto lane = state.forwarding->lanes.find(name);
    return lane == state.forwarding->lanes.end() ? name : lane->second;
  };
  const InterfaceName from = main_of(in), to = main_of(out);
  if (from == to && !state.forwarding->back.contains(from)) return false;
  if (from != to && (state.forwarding->apart.contains(from) || state.forwarding->apart.contains(to))) return false;
  return state.forwarding->meshes.contains(in) && state.forwarding->meshes.contains(out);
}

}  // namespace

Journey follow(const World& world, HostIndex from, const addr::IpAddress& source, const addr::IpAddress& destination) {
  Journey journey{{from}, {}};
  const auto lost = [&](const std::string& why) {
    journey.wrong = "at " + world.name(journey.hosts.back()) + ": " + why;
    return journey;
  };
  std::optional<InterfaceName> in;
  while (true) {
    const HostIndex host = journey.hosts.back();
    const netstate::Observed& state = world.kernel(host).state();
    if (is_own(state, destination)) return journey;
    const InterfaceName* out = route_to(state, destination);
    if (in)  // traffic control comes before routing
      if (const auto& hairpin = state.interfaces.at(*in).hairpin; hairpin && hairpin->within.contains(destination))
        out = &*in;
    if (!out) return lost("no route to " + destination.to_string());
    if (in && !passes_on(state, *in, *out, destination))
      return lost("not passed on from " + in->text() + " to " + out->text());
    const ObservedInterface& interface = state.interfaces.at(*out);
    const auto* peer = interface.device ? match(*interface.device, destination).peer : nullptr;
    if (!peer) return lost("no peer of " + out->text() + " for " + destination.to_string());
    const auto ends = world.ends(*peer);
    if (ends.empty() || !world.network().passes(host, ends.front().host)) return lost("the peer can't be reached");
    const World::TunnelEnd& next = ends.front();
    if (std::ranges::find(journey.hosts, next.host) != journey.hosts.end()) return lost("it goes in a circle");
    journey.hosts.push_back(next.host);
    const crypto::WgPublicKey& key = world.public_key_of(interface.device->private_key);
    const ObservedInterface& entry = world.kernel(next.host).state().interfaces.at(next.interface);
    if (!takes(*entry.device, key, source)) return lost("the source " + source.to_string() + " is not taken");
    in = next.interface;
  }
}

}  // namespace smeg::sim
