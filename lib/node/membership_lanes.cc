// Interfaces of this mesh for one member alone, and the members that have one for us.
#include <algorithm>

#include "node/membership.h"

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

// A handshake that takes longer is seen when tunnels are looked at anyway.
constexpr Duration kAwaited = 30s;

bool had_handshake(const netstate::ObservedDevice* device, const crypto::WgPublicKey& key) {
  const netstate::ObservedPeer* peer = netstate::find_peer(device, key);
  return peer && peer->last_handshake;
}

}  // namespace

// ---- Those of ours

std::vector<mesh::RecordLane> Membership::own_lanes() const {
  std::vector<mesh::RecordLane> out;
  for (const KeptLane& lane : parts_.lanes)
    if (lane.listen_port != 0)
      out.push_back({lane.member, crypto::wg_public_key(lane_key(parts_.wg_key, lane.member)), lane.listen_port});
  std::ranges::sort(out, {}, &mesh::RecordLane::member);
  return out;
}

unsigned Membership::interface_number(const netstate::InterfaceName& interface) const {
  return static_cast<unsigned>(std::stoul(interface.text().substr(host_.config.interface_prefix.size())));
}

// Of one that has a number: that makes a name, for it came of one.
std::optional<netstate::InterfaceName> Membership::lane_interface(const KeptLane& lane) const {
  if (!lane.interface_number) return std::nullopt;
  const auto name = netstate::InterfaceName::make(host_.config.interface_prefix, *lane.interface_number);
  return name ? std::optional(*name) : std::nullopt;
}

void Membership::reserve_lane_interfaces(std::set<netstate::InterfaceName>& reserved) const {
  for (const KeptLane& lane : parts_.lanes)
    if (const auto name = lane_interface(lane)) reserved.insert(*name);
}

// An interface and a port, the same as before wherever they can be had.
Result<void> Membership::place_lane(KeptLane& lane, const netstate::Observed& observed, Occupied& occupied) {
  auto name = lane_interface(lane);
  const auto seen = name ? observed.interfaces.find(*name) : observed.interfaces.end();
  const bool foreign = seen != observed.interfaces.end() && !seen->second.ours;
  if (!name || foreign || occupied.names.contains(*name)) {
    std::set<netstate::InterfaceName> taken = occupied.names;
    taken.insert(occupied.reserved.begin(), occupied.reserved.end());
    const auto chosen = netstate::choose_interface(observed, taken, host_.config.interface_prefix, id(), lane.number);
    if (!chosen) return fail(chosen.error());
    name = *chosen;
    lane.interface_number = interface_number(*name);
    host_.state_changed = true;
  }
  const std::uint16_t before = lane.listen_port;
  if (before == 0) lane.listen_port = first_port_of(*lane.interface_number);
  while (occupied.ports.contains(lane.listen_port)) lane.listen_port = any_port();
  if (lane.listen_port != before) host_.state_changed = republish_ = true;
  occupied.names.insert(*name);
  occupied.ports.insert(lane.listen_port);
  return {};
}

void Membership::choose_lanes(WantedMesh& wanted, const netstate::Observed& observed, Occupied& occupied, Instant now) {
  const bool may = wanted.backend == netstate::Backend::kernel && role() != Role::client;
  if (!may) drop_lanes(kNever);
  if (may && assign_lanes(parts_.lanes, lanes_needed(wanted), now)) host_.state_changed = true;
  for (KeptLane& lane : parts_.lanes) {
    if (const auto placed = place_lane(lane, observed, occupied); !placed) {
      host_.note(Note::Level::warning, placed.error().message);
      continue;
    }
    wanted.lanes.push_back(wanted_lane(lane, observed, now));
  }
}

WantedLane Membership::wanted_lane(const KeptLane& lane, const netstate::Observed& observed, Instant now) {
  WantedLane out{.number = lane.number,
                 .interface = *lane_interface(lane),
                 .member = lane.member,
                 .private_key = lane_key(parts_.wg_key, lane.member),
                 .listen_port = lane.listen_port};
  const mesh::Member* member = mesh_.find(lane.member);
  if (!member || member->revoked || !member->record->wg_public_key) return out;
  const netstate::ObservedDevice* device = netstate::find_device(&observed, out.interface);
  const TunnelId main{lane.member, lane.number, false};
  out.endpoint = choose_endpoint(*member, main, device, now);
  out.main_up = had_handshake(device, *member->record->wg_public_key);
  out.lane_end = lane_end(*member, lane.number, device, now);
  if (!out.lane_end) await(main, out.main_up, now);
  return out;
}

// Those that nobody has needed for as long.
void Membership::drop_lanes(Instant unwanted_before) {
  const bool all = unwanted_before == kNever;
  const auto gone = std::erase_if(parts_.lanes, [&](const KeptLane& lane) {
    return all || (lane.unwanted_since != kNever && lane.unwanted_since <= unwanted_before);
  });
  if (gone > 0) host_.state_changed = host_.desired_changed = republish_ = true;
}

// ---- Those of others, and handshakes

std::optional<LaneEnd> Membership::lane_end(const mesh::Member& member, netstate::Lane own,
                                            const netstate::ObservedDevice* device, Instant now) {
  const mesh::RecordLane* lane = member.record->lane_for(self_);
  if (!lane) return std::nullopt;
  lane_ends_[member.identity] = lane->key;
  const TunnelId tunnel{member.identity, own, true};
  const LaneEnd out{lane->key, choose_endpoint(member, tunnel, device, now), had_handshake(device, lane->key)};
  const bool ours_leads_there =
      own == netstate::kMainLane &&
      std::ranges::find(parts_.lanes, member.identity, &KeptLane::member) != parts_.lanes.end();
  if (!ours_leads_there) await(tunnel, out.up, now);
  return out;
}

void Membership::await(const TunnelId& tunnel, bool up, Instant now) {
  if (up) return;
  const auto before = awaited_before_.find(tunnel);
  awaited_[tunnel] = before == awaited_before_.end() ? now : before->second;
}

bool Membership::awaits_handshake(Instant now) const {
  return std::ranges::any_of(awaited_, [&](const auto& entry) { return now < entry.second + kAwaited; });
}

// ---- Looking

// All tunnels with a member together.
MemberViews::Tunnel Membership::tunnel_view(const control::MemberView& member,
                                            const netstate::Observed* observed) const {
  MemberViews::Tunnel out;
  const auto add = [&](const netstate::ObservedDevice* device) {
    const auto end = lane_ends_.find(member.public_key);
    for (const auto& key :
         {member.wg_public_key, end == lane_ends_.end() ? std::nullopt : std::optional(end->second)}) {
      const netstate::ObservedPeer* peer = netstate::find_peer(device, key);
      if (!peer) continue;
      if (peer->endpoint && (!out.endpoint || peer->last_handshake > out.last_handshake)) out.endpoint = peer->endpoint;
      out.last_handshake = std::max(out.last_handshake, peer->last_handshake);
      out.rx_bytes += peer->rx_bytes;
      out.tx_bytes += peer->tx_bytes;
    }
  };
  add(device(observed));
  for (const KeptLane& lane : parts_.lanes)
    if (lane.member == member.public_key)
      if (const auto name = lane_interface(lane)) add(netstate::find_device(observed, *name));
  return out;
}

}  // namespace smeg::node
