#include "node/desired.h"

#include <algorithm>

namespace smeg::node {
namespace {

using Taken = std::set<addr::IpAddress>;

// The prefixes of all meshes are within (addr::mesh_prefix).
const addr::Prefix kMeshes{addr::IpAddress::v6({0xfd}), 8};

void add_members(const WantedMesh& mesh, Taken& taken, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    if (!taken.insert(peer.address).second) continue;
    device.peers.try_emplace(peer.key, netstate::Peer{.preshared_key = {},
                                                      .endpoint = peer.endpoint,
                                                      .keepalive = peer.keepalive,
                                                      .allowed_ips = {addr::Prefix::host(peer.address)}});
  }
}

// Guests of others, through the members that sponsor them and that have a tunnel.
void add_guests_of_members(const WantedMesh& mesh, Taken& taken, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    const auto at = device.peers.find(peer.key);
    if (at == device.peers.end() || !at->second.allowed_ips.contains(addr::Prefix::host(peer.address))) continue;
    for (const addr::IpAddress& guest : peer.guests)
      if (taken.insert(guest).second) at->second.allowed_ips.insert(addr::Prefix::host(guest));
  }
}

// What is behind members. A prefix is sent to one of them; a kernel's device can't take it from another one.
void add_prefixes(const WantedMesh& mesh, Taken&, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    const auto at = device.peers.find(peer.key);
    if (at == device.peers.end() || !at->second.allowed_ips.contains(addr::Prefix::host(peer.address))) continue;
    at->second.allowed_ips.insert(peer.prefixes.begin(), peer.prefixes.end());
    if (mesh.backend == netstate::Backend::kernel) continue;
    for (const addr::Prefix& source : peer.sources)
      if (!peer.prefixes.contains(source)) at->second.sources.insert(source);
  }
}

void add_own_guests(const WantedMesh& mesh, Taken& taken, netstate::Device& device) {
  for (const WantedGuest& guest : mesh.guests) {
    if (device.peers.contains(guest.key) || !taken.insert(guest.address).second) continue;
    device.peers.emplace(guest.key, netstate::Peer{.preshared_key = guest.preshared_key,
                                                   .endpoint = std::nullopt,
                                                   .keepalive = {},
                                                   .allowed_ips = {addr::Prefix::host(guest.address)}});
  }
}

netstate::Interface interface_for(const WantedMesh& mesh) {
  netstate::Interface interface;
  interface.mesh = mesh.mesh;
  interface.backend = mesh.backend;
  interface.mtu = mesh.mtu;
  interface.addresses.insert(netstate::Address::host(mesh.address));
  interface.device.private_key = mesh.private_key;
  interface.device.listen_port = mesh.listen_port;
  interface.device.fwmark = kUnderlayMark;
  Taken taken{mesh.address};
  for (const auto add : {add_members, add_guests_of_members, add_prefixes, add_own_guests})
    add(mesh, taken, interface.device);
  interface.device.peers.erase(crypto::wg_public_key(mesh.private_key));
  // What a client sends to other meshes goes back to their exits; a host that forwards does that anyway.
  if (mesh.carries && !mesh.forwards) {
    interface.hairpin = netstate::Hairpin{kMeshes, {mesh.address}};
  } else if (mesh.carries || !mesh.guests.empty()) {
    interface.hairpin = netstate::Hairpin{addr::mesh_prefix(mesh.mesh), {mesh.address}};
  }
  return interface;
}

// On the way to a mesh everyone has said how wide it is, and whoever sends too much is told where the way begins; of
// what is behind a network nobody knows.
netstate::RouteTarget target_of(const WantedMesh& mesh, const addr::Prefix& prefix, std::uint32_t mtu) {
  if (mtu >= mesh.mtu) return {mesh.interface};
  return {mesh.interface, mtu, kMeshes.contains(prefix)};
}

void add_route(netstate::State& state, const WantedMesh& mesh, const addr::Prefix& prefix, std::uint32_t mtu) {
  netstate::RouteKey key{.prefix = prefix};
  if (prefix.length() == 0) {
    key.table = kExitTable;
    state.rules = {{.priority = kMainFirst, .without_default = true},
                   {.priority = kExitBehind, .table = kExitTable, .unless_mark = kUnderlayMark}};
  }
  state.routes.try_emplace(key, target_of(mesh, prefix, mtu));
}

// Beyond an exit to the internet the mesh's addresses mean nothing, whichever mesh they are of.
void add_forwarding(netstate::State& state, const WantedMesh& mesh) {
  if (!mesh.forwards && mesh.originates.empty()) return;
  if (!state.forwarding) state.forwarding.emplace();
  netstate::Forwarding& forwarding = *state.forwarding;
  forwarding.meshes.insert(mesh.interface);
  if (!mesh.forwards) forwarding.apart.insert(mesh.interface);
  if (mesh.forwards && mesh.carries) forwarding.back.insert(mesh.interface);
  for (const addr::Prefix& prefix : mesh.originates)
    (prefix.length() == 0 ? forwarding.masqueraded : forwarding.behind).insert(prefix.length() == 0 ? kMeshes : prefix);
}

}  // namespace

netstate::State desired(const std::vector<WantedMesh>& meshes) {
  netstate::State state;
  for (const WantedMesh& mesh : meshes) {
    state.interfaces.insert_or_assign(mesh.interface, interface_for(mesh));
    state.routes.insert_or_assign(netstate::RouteKey{.prefix = addr::mesh_prefix(mesh.mesh)},
                                  netstate::RouteTarget{mesh.interface});
    for (const auto& [prefix, mtu] : mesh.routes) add_route(state, mesh, prefix, mtu);
    add_forwarding(state, mesh);
  }
  return state;
}

void keep_unknown_peers(netstate::State& state, const netstate::Observed& observed,
                        const std::vector<WantedMesh>& meshes) {
  std::set<crypto::WgPublicKey> refused;
  for (const WantedMesh& mesh : meshes) refused.insert(mesh.refused.begin(), mesh.refused.end());
  for (auto& [name, wanted] : state.interfaces) {
    const auto seen = observed.interfaces.find(name);
    if (seen == observed.interfaces.end() || !seen->second.ours || !seen->second.device) continue;
    if (seen->second.mesh != wanted.mesh || seen->second.device->private_key != wanted.device.private_key) continue;
    std::set<addr::Prefix> taken;
    for (const auto& [key, peer] : wanted.device.peers) taken.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
    for (const auto& [key, peer] : seen->second.device->peers) {
      const bool free =
          std::ranges::none_of(peer.allowed_ips, [&](const auto& prefix) { return taken.contains(prefix); });
      if (!free || refused.contains(key)) continue;
      wanted.device.peers.try_emplace(key, netstate::Peer{.preshared_key = peer.preshared_key,
                                                          .endpoint = peer.chosen,
                                                          .keepalive = peer.keepalive,
                                                          .allowed_ips = peer.allowed_ips,
                                                          .sources = peer.sources});
      taken.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
    }
  }
}

}  // namespace smeg::node
