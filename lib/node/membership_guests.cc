// The guests that this host sponsors, and those of others.
#include <algorithm>

#include "node/guest_endpoint.h"
#include "node/membership.h"

namespace smeg::node {
namespace {

control::GuestState to_control(mesh::GuestState state) {
  switch (state) {
    case mesh::GuestState::active: return control::GuestState::active;
    case mesh::GuestState::key_taken: return control::GuestState::key_taken;
    case mesh::GuestState::address_taken: return control::GuestState::address_taken;
  }
  return control::GuestState::active;
}

// What our tunnel to a guest of ours has seen. Where the guest's key is a member's, the tunnel is that member's.
void add_traffic(const netstate::ObservedDevice* device, control::GuestView& guest) {
  guest.rx_bytes = guest.tx_bytes = 0;
  if (!device || guest.state != control::GuestState::active) return;
  const auto peer = device->peers.find(guest.wg_public_key);
  if (peer == device->peers.end()) return;
  guest.last_handshake = peer->second.last_handshake;
  guest.rx_bytes = peer->second.rx_bytes;
  guest.tx_bytes = peer->second.tx_bytes;
}

}  // namespace

Result<control::GuestConfig> Membership::add_guest(const control::GuestAdd& wanted, Instant now) {
  if (const auto free = check_new_guest(wanted); !free) return fail(free.error());
  auto endpoint = guest_endpoint(wanted.endpoint);
  if (!endpoint) return fail(endpoint.error());
  parts_.guests.push_back({wanted.name, wanted.key, crypto::PresharedKey(crypto::Secret<32>::random(host_.secrets))});
  host_.state_changed = true;
  publish(now);
  return guest_config(parts_.guests.back(), std::move(*endpoint));
}

Result<control::GuestConfig> Membership::show_guest(const control::GuestShow& wanted) const {
  const auto guest = find_guest(wanted.name);
  if (!guest) return fail(guest.error());
  auto endpoint = guest_endpoint(wanted.endpoint);
  if (!endpoint) return fail(endpoint.error());
  return guest_config(**guest, std::move(*endpoint));
}

Result<void> Membership::remove_guest(const std::string& name, Instant now) {
  const auto guest = find_guest(name);
  if (!guest) return fail(guest.error());
  parts_.guests.erase(parts_.guests.begin() + (*guest - parts_.guests.data()));
  host_.state_changed = true;
  publish(now);
  return {};
}

// What everyone else would hold against the guest is said before it is announced.
Result<void> Membership::check_new_guest(const control::GuestAdd& wanted) const {
  if (is_stub())
    return fail(Code::unsupported, "this host has no tunnels (backend: stub)", "add the guest on another member");
  if (parts_.guests.size() >= limits::kGuestsPerMember)
    return fail(Code::too_large, "this host has " + std::to_string(limits::kGuestsPerMember) + " guests already",
                "remove one, or add the guest on another member");
  if (crypto::is_low_order(wanted.key))
    return fail(Code::invalid, "that is no public key of WireGuard", "`wg pubkey` makes one of a private key");
  for (const KeptGuest& guest : parts_.guests) {
    if (guest.name == wanted.name)
      return fail(Code::exists, "there is a guest '" + guest.name + "' already",
                  "choose another name, or take it away with `smegctl guest remove " + guest.name + "`");
    if (guest.key == wanted.key) return fail(Code::exists, "the guest '" + guest.name + "' has that key already");
  }
  const addr::IpAddress address = addr::guest_address(id(), self_, wanted.key);
  for (const mesh::Member& member : mesh_.members()) {
    if (member.record->wg_public_key == wanted.key)
      return fail(Code::conflict, "a member of the mesh uses that key", "give the guest one of its own");
    const bool taken = member.address == address || std::ranges::any_of(member.guests, [&](const mesh::Guest& guest) {
                         return guest.address == address;
                       });
    if (taken) return fail(Code::conflict, "the address that follows from that key is taken", "take another key");
  }
  return {};
}

Result<const KeptGuest*> Membership::find_guest(const std::string& name) const {
  const auto at = std::ranges::find(parts_.guests, name, &KeptGuest::name);
  if (at != parts_.guests.end()) return &*at;
  return fail(Code::not_found, "this host has no guest '" + name + "'",
              "`smegctl guest list` shows whose guest it is; ask there");
}

// Where guests find this host, with WireGuard's port.
Result<addr::HostPort> Membership::guest_endpoint(const std::optional<addr::HostPort>& wanted) const {
  if (parts_.listen_port == 0)
    return fail(Code::unavailable, "this host's tunnel is not up yet", "try again in a moment");
  if (wanted) {
    addr::HostPort endpoint = *wanted;
    if (!endpoint.port) endpoint.port = parts_.listen_port;
    return endpoint;
  }
  if (auto best = best_for_guests(own_endpoints())) return *std::move(best);
  return fail(Code::unavailable, "it is not known where others reach this host",
              "say it with --endpoint HOST[:PORT]; the port is WireGuard's, UDP " + std::to_string(parts_.listen_port) +
                  " here");
}

control::GuestConfig Membership::guest_config(const KeptGuest& guest, addr::HostPort endpoint) const {
  return {.name = guest.name,
          .address = addr::guest_address(id(), self_, guest.key),
          .key = guest.key,
          .prefix = addr::mesh_prefix(id()),
          .sponsor_key = crypto::wg_public_key(parts_.wg_key),
          .endpoint = std::move(endpoint),
          .preshared_key = guest.preshared_key,
          .mtu = host_.config.mtu};
}

// Of our own guests those that nobody comes before.
std::vector<WantedGuest> Membership::wanted_guests() const {
  std::vector<WantedGuest> out;
  const mesh::Member* self = mesh_.find(self_);
  if (!self) return out;
  for (const mesh::Guest& guest : self->guests) {
    const auto kept = std::ranges::find(parts_.guests, guest.key, &KeptGuest::key);
    if (guest.state == mesh::GuestState::active && kept != parts_.guests.end())
      out.push_back({guest.key, guest.address, kept->preshared_key});
  }
  return out;
}

std::vector<control::GuestView> Membership::guest_views(const netstate::ObservedDevice* device) const {
  std::vector<control::GuestView> out;
  for (const mesh::Member& member : mesh_.members()) {
    for (const mesh::Guest& guest : member.guests) {
      control::GuestView view{.name = guest.name,
                              .wg_public_key = guest.key,
                              .address = guest.address,
                              .sponsor = member.identity,
                              .state = to_control(guest.state),
                              .last_handshake = std::nullopt,
                              .rx_bytes = std::nullopt,
                              .tx_bytes = std::nullopt};
      if (member.identity == self_) add_traffic(device, view);
      out.push_back(std::move(view));
    }
  }
  return out;
}

}  // namespace smeg::node
