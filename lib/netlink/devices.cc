#include "netlink/devices.h"

#include <algorithm>

namespace smeg::netlink {
namespace {

using netstate::InterfaceName;

netstate::ObservedPeer to_observed(const wireguard::PeerStatus& status) {
  netstate::ObservedPeer peer;
  peer.preshared_key = status.preshared_key;
  peer.endpoint = status.endpoint;
  peer.keepalive = status.persistent_keepalive;
  peer.allowed_ips.insert(status.allowed_ips.begin(), status.allowed_ips.end());
  peer.sources.insert(status.accepted_ips.begin(), status.accepted_ips.end());
  if (status.last_handshake > wireguard::HandshakeTime::zero()) {
    peer.last_handshake = WallTime(std::chrono::floor<std::chrono::milliseconds>(status.last_handshake));
  }
  peer.rx_bytes = status.rx_bytes;
  peer.tx_bytes = status.tx_bytes;
  return peer;
}

}  // namespace

netstate::ObservedDevice to_observed(const wireguard::DeviceStatus& status) {
  netstate::ObservedDevice device;
  if (status.private_key) device.private_key = *status.private_key;
  device.listen_port = status.listen_port;
  device.fwmark = status.fwmark;
  for (const auto& peer : status.peers) device.peers.insert_or_assign(peer.public_key, to_observed(peer));
  return device;
}

void add_to_config(const netstate::SetDevice& op, wireguard::DeviceConfig& config) {
  config.private_key = op.private_key;
  config.listen_port = op.listen_port;
  config.fwmark = op.fwmark;
}

void add_to_config(const netstate::SetPeer& op, wireguard::DeviceConfig& config) {
  wireguard::PeerConfig peer;
  peer.public_key = op.peer;
  peer.preshared_key = op.preshared_key;
  peer.persistent_keepalive = op.keepalive;
  if (op.endpoint) peer.endpoint = op.endpoint->endpoint;
  peer.replace_allowed_ips = op.replace;
  for (const auto& prefix : op.allowed_ips) peer.allowed_ips.push_back({prefix, false});
  peer.replace_accepted_ips = op.replace_sources;
  for (const auto& prefix : op.sources) peer.accepted_ips.push_back({prefix, false});
  config.peers.push_back(std::move(peer));
}

void add_to_config(const netstate::RemovePeer& op, wireguard::DeviceConfig& config) {
  wireguard::PeerConfig peer;
  peer.public_key = op.peer;
  peer.remove = true;
  config.peers.push_back(std::move(peer));
}

Result<wireguard::DeviceStatus> Devices::get(const InterfaceName& name, const NamedLink& named) {
  if (backend_of(named) == netstate::Backend::kernel) return kernel_.get(named.link->index);
  return engines_.get(name);
}

Result<void> Devices::set(const InterfaceName& name, const NamedLink& named, const wireguard::DeviceConfig& config) {
  if (backend_of(named) != netstate::Backend::kernel) return engines_.set(name, config);
  const auto takes_more = [](const wireguard::PeerConfig& peer) { return !peer.accepted_ips.empty(); };
  if (std::ranges::any_of(config.peers, takes_more)) {
    return fail(Code::unsupported, "the kernel's WireGuard takes a source from one peer alone",
                "set the backend of this mesh to userspace");
  }
  return kernel_.set(named.link->index, config);
}

void DeviceMemory::on_chosen(const InterfaceName& name, const crypto::WgPublicKey& peer,
                             const netstate::EndpointChoice& choice) {
  entries_[name].choices.insert_or_assign(peer, choice);
}

void DeviceMemory::on_removed(const InterfaceName& name) { entries_.erase(name); }

void DeviceMemory::on_answer(const InterfaceName& name, netstate::ObservedDevice& device) {
  Entry& entry = entries_[name];
  std::erase_if(entry.choices, [&](const auto& choice) { return !device.peers.contains(choice.first); });
  for (const auto& [key, choice] : entry.choices) device.peers.at(key).chosen = choice;
  entry.last = device;
  entry.silences = 0;
}

Result<std::optional<netstate::ObservedDevice>> DeviceMemory::on_silence(const InterfaceName& name) {
  Entry& entry = entries_[name];
  if (++entry.silences >= limits::kEngineSilences) return std::optional<netstate::ObservedDevice>{};
  if (entry.last) return entry.last;
  return fail(Code::unavailable, "the WireGuard device " + name.text() + " gives no answer");
}

}  // namespace smeg::netlink
