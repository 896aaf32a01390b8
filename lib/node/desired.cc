#include "node/desired.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smeg::node {
namespace {

using Taken = std::set<addr::IpAddress>;

// Seconds between attempts to reach the other end of a lane that had no handshake yet.
constexpr std::chrono::seconds kLaneRise{5};

void add_members(const WantedMesh& mesh, Taken& taken, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    if (peer.stands_by || !taken.insert(peer.address).second) continue;
    device.peers.try_emplace(peer.key, netstate::Peer{.preshared_key = {},
                                                      .endpoint = peer.endpoint,
                                                      .keepalive = peer.keepalive,
                                                      .allowed_ips = {addr::Prefix::host(peer.address)}});
  }
}

// An engine takes packets from who stands by, for the case that the other side knows sooner that it is its turn.
void add_those_standing_by(const WantedMesh& mesh, Taken&, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    if (!peer.stands_by) continue;
    netstate::Peer tunnel{
        .preshared_key = {}, .endpoint = peer.endpoint, .keepalive = peer.keepalive, .allowed_ips = {}, .sources = {}};
    if (mesh.backend == netstate::Backend::userspace) {
      tunnel.sources = peer.sources;
      tunnel.sources.insert(addr::Prefix::host(peer.address));
      for (const addr::IpAddress& guest : peer.guests) tunnel.sources.insert(addr::Prefix::host(guest));
    }
    device.peers.try_emplace(peer.key, std::move(tunnel));
  }
}

// The tunnel of a member that is what it says it is; null of another one.
netstate::Peer* tunnel_to(const WantedPeer& peer, netstate::Device& device) {
  const auto at = device.peers.find(peer.key);
  const bool its_own = at != device.peers.end() && at->second.allowed_ips.contains(addr::Prefix::host(peer.address));
  return its_own ? &at->second : nullptr;
}

// Guests of others, through the members that sponsor them and that have a tunnel.
void add_guests_of_members(const WantedMesh& mesh, Taken& taken, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    netstate::Peer* tunnel = tunnel_to(peer, device);
    if (!tunnel) continue;
    for (const addr::IpAddress& guest : peer.guests)
      if (taken.insert(guest).second) tunnel->allowed_ips.insert(addr::Prefix::host(guest));
  }
}

// What is behind members. A prefix is sent to one of them; of those that may be its source, a kernel's device takes it
// from that one alone, or from the first where it is sent to none.
void add_prefixes(const WantedMesh& mesh, Taken&, netstate::Device& device) {
  std::set<addr::Prefix> bound;
  for (const WantedPeer& peer : mesh.peers) {
    netstate::Peer* tunnel = tunnel_to(peer, device);
    if (!tunnel) continue;
    tunnel->allowed_ips.insert(peer.prefixes.begin(), peer.prefixes.end());
    bound.insert(tunnel->allowed_ips.begin(), tunnel->allowed_ips.end());
  }
  for (const WantedPeer& peer : mesh.peers) {
    netstate::Peer* tunnel = tunnel_to(peer, device);
    if (!tunnel) continue;
    for (const addr::Prefix& source : peer.sources) {
      if (mesh.backend != netstate::Backend::kernel) {
        if (!peer.prefixes.contains(source)) tunnel->sources.insert(source);
      } else if (bound.insert(source).second) {
        tunnel->allowed_ips.insert(source);
      }
    }
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

// Until a lane had a handshake: whoever of the two can reach the other begins, and goes on trying.
std::chrono::seconds keepalive_of(const WantedPeer& peer, bool up) {
  if (up) return peer.keepalive;
  return peer.keepalive.count() > 0 ? std::min(peer.keepalive, kLaneRise) : kLaneRise;
}

// The second key of a member, which takes over once it is up. An engine goes on taking packets from the first one, as
// it does from the second before.
void add_lane_end(const WantedPeer& peer, const LaneEnd& end, std::chrono::seconds keepalive, bool takes_over,
                  netstate::Backend backend, netstate::Device& device) {
  const auto first = device.peers.find(peer.key);
  if (first == device.peers.end() || device.peers.contains(end.key)) return;
  netstate::Peer second{
      .preshared_key = {}, .endpoint = end.endpoint, .keepalive = keepalive, .allowed_ips = {}, .sources = {}};
  std::set<addr::Prefix> both = first->second.sources;
  both.insert(first->second.allowed_ips.begin(), first->second.allowed_ips.end());
  netstate::Peer& other = takes_over ? first->second : second;
  if (takes_over) {
    second.allowed_ips = std::exchange(first->second.allowed_ips, {});
    second.sources = std::exchange(first->second.sources, {});
  }
  if (backend == netstate::Backend::userspace) other.sources = std::move(both);
  device.peers.emplace(end.key, std::move(second));
}

void add_lane_ends(const WantedMesh& mesh, netstate::Device& device) {
  for (const WantedPeer& peer : mesh.peers) {
    if (!peer.lane_end || !tunnel_to(peer, device)) continue;
    const bool has_lane = std::ranges::find(mesh.lanes, peer.identity, &WantedLane::member) != mesh.lanes.end();
    add_lane_end(peer, *peer.lane_end, keepalive_of(peer, peer.lane_end->up || has_lane), peer.lane_end->up,
                 mesh.backend, device);
  }
}

// A public key of which nobody knows the private one.
crypto::WgPublicKey nobody(const MeshId& mesh) {
  crypto::WgPublicKey key{crypto::hash<32>("smegmesh nobody's tunnel 1", {mesh.bytes})};
  key.bytes.back() &= 127;
  return key;
}

// Whoever leads to a wide prefix can't speak in the name of those within it that have tunnels elsewhere: that is
// nobody's here. An engine's sources go by that anyway.
void shut_out(const WantedMesh& mesh, netstate::Device& device) {
  std::set<addr::Prefix> here;
  std::vector<addr::Prefix> wide;
  for (const auto& [key, peer] : device.peers) here.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
  std::ranges::copy_if(here, std::back_inserter(wide),
                       [](const addr::Prefix& prefix) { return prefix.length() < prefix.address().bits(); });
  std::set<addr::Prefix> elsewhere;
  const auto look = [&](const addr::Prefix& prefix) {
    const auto within = [&](const addr::Prefix& outer) { return outer.contains(prefix); };
    if (!here.contains(prefix) && std::ranges::any_of(wide, within)) elsewhere.insert(prefix);
  };
  look(addr::mesh_prefix(mesh.mesh));
  for (const WantedPeer& peer : mesh.peers) {
    for (const addr::Prefix& prefix : peer.prefixes) look(prefix);
    for (const addr::Prefix& prefix : peer.sources) look(prefix);
  }
  if (!elsewhere.empty())
    device.peers.try_emplace(nobody(mesh.mesh),
                             netstate::Peer{.preshared_key = {}, .endpoint = {}, .allowed_ips = std::move(elsewhere)});
}

// A mesh's interface without peers.
netstate::Interface bare_interface(const WantedMesh& mesh, const crypto::WgPrivateKey& key, std::uint16_t port) {
  netstate::Interface interface;
  interface.mesh = mesh.mesh;
  interface.backend = mesh.backend;
  interface.mtu = mesh.mtu;
  interface.addresses.insert(netstate::Address::host(mesh.address));
  interface.device.private_key = key;
  interface.device.listen_port = port;
  interface.device.fwmark = kUnderlayMark;
  return interface;
}

// The peers of the main interface, before lanes.
netstate::Device main_device(const WantedMesh& mesh) {
  netstate::Device device;
  Taken taken{mesh.address};
  for (const auto add : {add_members, add_those_standing_by, add_guests_of_members, add_prefixes, add_own_guests})
    add(mesh, taken, device);
  device.peers.erase(crypto::wg_public_key(mesh.private_key));
  return device;
}

// A lane and whom it leads to.
struct Placed {
  const WantedLane& lane;
  const WantedPeer* peer = nullptr;    // null: whom it is for has no tunnel now
  std::set<addr::Prefix> behind = {};  // of the mesh: the member's address, and those that are reached through it

  bool used() const { return peer && lane.up(); }
};
using Lanes = std::vector<Placed>;

Lanes place_lanes(const WantedMesh& mesh, netstate::Device& main) {
  Lanes out;
  for (const WantedLane& lane : mesh.lanes) {
    Placed& placed = out.emplace_back(Placed{lane});
    const auto peer = std::ranges::find(mesh.peers, lane.member, &WantedPeer::identity);
    const netstate::Peer* tunnel = peer == mesh.peers.end() ? nullptr : tunnel_to(*peer, main);
    if (!tunnel) continue;
    placed.peer = &*peer;
    for (const addr::Prefix& prefix : tunnel->allowed_ips)
      if (prefix.length() == prefix.address().bits() && addr::mesh_prefix(mesh.mesh).contains(prefix))
        placed.behind.insert(prefix);
  }
  return out;
}

netstate::Interface lane_interface(const WantedMesh& mesh, const Placed& placed) {
  const WantedLane& lane = placed.lane;
  netstate::Interface interface = bare_interface(mesh, lane.private_key, lane.listen_port);
  interface.lane = lane.number;
  if (!placed.peer) return interface;
  const WantedPeer& peer = *placed.peer;
  netstate::Device& device = interface.device;
  netstate::Peer& tunnel = device.peers[peer.key];
  tunnel.endpoint = lane.endpoint;
  tunnel.keepalive = keepalive_of(peer, lane.main_up || lane.lane_end);
  tunnel.allowed_ips = placed.behind;
  tunnel.allowed_ips.insert(peer.prefixes.begin(), peer.prefixes.end());
  tunnel.allowed_ips.insert(peer.sources.begin(), peer.sources.end());
  if (lane.lane_end)
    add_lane_end(peer, *lane.lane_end, keepalive_of(peer, lane.lane_end->up), lane.lane_end->up || !lane.main_up,
                 mesh.backend, device);
  shut_out(mesh, device);
  device.peers.erase(crypto::wg_public_key(lane.private_key));
  return interface;
}

// Packets between interfaces of one mesh are the host's to forward, where there are any.
bool forwards_within(const WantedMesh& mesh, const Lanes& lanes) {
  return (mesh.carries || !mesh.guests.empty()) && std::ranges::any_of(lanes, &Placed::used);
}

// What a client sends to other meshes goes back to their exits; a host that forwards does that anyway.
std::optional<netstate::Hairpin> hairpin_of(const WantedMesh& mesh, const Lanes& lanes) {
  if (!mesh.carries && mesh.guests.empty()) return std::nullopt;
  const bool to_all = mesh.carries && !mesh.forwards && !forwards_within(mesh, lanes);
  netstate::Hairpin hairpin{to_all ? kMeshes : addr::mesh_prefix(mesh.mesh), {mesh.address}};
  for (const Placed& placed : lanes)
    if (placed.used())
      for (const addr::Prefix& prefix : placed.behind) hairpin.except.insert(prefix.address());
  return hairpin;
}

void add_interfaces(netstate::State& state, const WantedMesh& mesh, const Lanes& lanes, netstate::Device main) {
  for (const Placed& placed : lanes)
    state.interfaces.insert_or_assign(placed.lane.interface, lane_interface(mesh, placed));
  netstate::Interface interface = bare_interface(mesh, mesh.private_key, mesh.listen_port);
  interface.hairpin = hairpin_of(mesh, lanes);
  interface.device.peers = std::move(main.peers);
  add_lane_ends(mesh, interface.device);
  if (!lanes.empty()) shut_out(mesh, interface.device);
  interface.device.peers.erase(crypto::wg_public_key(mesh.private_key));
  state.interfaces.insert_or_assign(mesh.interface, std::move(interface));
}

// On the way to a mesh everyone has said how wide it is, and whoever sends too much is told where the way begins; of
// what is behind a network nobody knows.
netstate::RouteTarget target_of(const WantedMesh& mesh, const Lanes& lanes, const addr::Prefix& prefix,
                                std::uint32_t mtu) {
  netstate::InterfaceName interface = mesh.interface;
  for (const Placed& placed : lanes)
    if (placed.used() && placed.peer->prefixes.contains(prefix)) interface = placed.lane.interface;
  if (mtu >= mesh.mtu) return {interface};
  return {interface, mtu, kMeshes.contains(prefix)};
}

// To members: to the mesh as a whole, and to those that are reached over lanes.
void add_mesh_routes(netstate::State& state, const WantedMesh& mesh, const Lanes& lanes) {
  state.routes.insert_or_assign(netstate::RouteKey{.prefix = addr::mesh_prefix(mesh.mesh)},
                                netstate::RouteTarget{mesh.interface});
  for (const Placed& placed : lanes)
    if (placed.used())
      for (const addr::Prefix& prefix : placed.behind)
        state.routes.insert_or_assign(netstate::RouteKey{.prefix = prefix},
                                      netstate::RouteTarget{placed.lane.interface});
}

void add_route(netstate::State& state, const WantedMesh& mesh, const Lanes& lanes, const addr::Prefix& prefix,
               std::uint32_t mtu) {
  netstate::RouteKey key{.prefix = prefix};
  if (!kMeshes.contains(prefix)) {
    key.table = kExitTable;
    state.rules = {{.priority = kMainFirst, .without_default = true},
                   {.priority = kExitBehind, .table = kExitTable, .unless_mark = kUnderlayMark}};
  }
  state.routes.try_emplace(key, target_of(mesh, lanes, prefix, mtu));
}

// Its interfaces are told from those that aren't a mesh's.
void join(netstate::Forwarding& forwarding, const WantedMesh& mesh) {
  forwarding.meshes.insert(mesh.interface);
  for (const WantedLane& lane : mesh.lanes) {
    forwarding.meshes.insert(lane.interface);
    forwarding.lanes.emplace(lane.interface, mesh.interface);
  }
  if (!mesh.forwards) forwarding.apart.insert(mesh.interface);
}

// Beyond an exit to the internet the mesh's addresses mean nothing, whichever mesh they are of.
void add_forwarding(netstate::State& state, const WantedMesh& mesh, const Lanes& lanes) {
  const bool within = forwards_within(mesh, lanes);
  if (!mesh.forwards && mesh.originates.empty() && !within) return;
  if (!state.forwarding) state.forwarding.emplace();
  netstate::Forwarding& forwarding = *state.forwarding;
  join(forwarding, mesh);
  if ((mesh.forwards && mesh.carries) || within) forwarding.back.insert(mesh.interface);
  for (const addr::Prefix& prefix : mesh.originates) {
    netstate::Beyond& beyond = forwarding.beyond[mesh.interface];
    (prefix.length() == 0 ? beyond.masqueraded : beyond.behind).insert(prefix.length() == 0 ? kMeshes : prefix);
  }
}

// Meshes that are bridged have what lies beyond for any of them: it is announced in all of them, and what comes from
// one may be answered over another. A mesh of which nothing is forwarded is apart too: it isn't the internet to which
// an exit leads.
void share_forwarding(netstate::Forwarding& forwarding, const std::vector<WantedMesh>& meshes) {
  netstate::Beyond shared;
  for (const WantedMesh& mesh : meshes) {
    if (!forwarding.meshes.contains(mesh.interface)) join(forwarding, mesh);
    const auto own = forwarding.beyond.find(mesh.interface);
    if (!mesh.forwards || own == forwarding.beyond.end()) continue;
    shared.behind.insert(own->second.behind.begin(), own->second.behind.end());
    shared.masqueraded.insert(own->second.masqueraded.begin(), own->second.masqueraded.end());
  }
  if (shared == netstate::Beyond{}) return;
  for (const WantedMesh& mesh : meshes)
    if (mesh.forwards) forwarding.beyond.insert_or_assign(mesh.interface, shared);
}

}  // namespace

netstate::State desired(const std::vector<WantedMesh>& meshes) {
  netstate::State state;
  for (const WantedMesh& mesh : meshes) {
    netstate::Device main = main_device(mesh);
    const Lanes lanes = place_lanes(mesh, main);
    add_interfaces(state, mesh, lanes, std::move(main));
    add_mesh_routes(state, mesh, lanes);
    for (const auto& [prefix, mtu] : mesh.routes) add_route(state, mesh, lanes, prefix, mtu);
    add_forwarding(state, mesh, lanes);
  }
  if (state.forwarding) share_forwarding(*state.forwarding, meshes);
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
