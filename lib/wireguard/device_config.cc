// Configuration and status.
#include "wireguard/device_impl.h"

namespace smeg::wireguard {

Result<> Device::Impl::configure(const DeviceConfig& config, Instant now) {
  if (auto fits = check_limits(config); !fits) return fits;
  if (config.private_key) set_identity(*config.private_key);
  if (config.listen_port) listen_port_ = *config.listen_port;
  if (config.fwmark) fwmark_ = *config.fwmark;
  if (config.replace_peers) {
    std::vector<Peer*> all;
    peers_.for_each([&](Peer& peer) { all.push_back(&peer); });
    for (Peer* peer : all) remove_peer(*peer);
  }
  for (const PeerConfig& peer : config.peers) configure_peer(peer, now);
  return {};
}

// Counts from above: what is removed in the same request makes no room, unless all are replaced.
Result<> Device::Impl::check_limits(const DeviceConfig& config) {
  std::size_t peers = config.replace_peers ? 0 : peers_.size();
  std::size_t prefixes = config.replace_peers ? 0 : forwarding_.allowed_ips().size() + accepted_ips_;
  for (const PeerConfig& peer : config.peers) {
    const bool known = !config.replace_peers && peers_.find(peer.public_key);
    if (!known && !peer.remove && !peer.update_only) ++peers;
    prefixes += peer.allowed_ips.size() + peer.accepted_ips.size();
  }
  if (peers > limits::kWireguardPeers)
    return fail(Code::too_large, "a device has at most " + std::to_string(limits::kWireguardPeers) + " peers");
  if (prefixes > limits::kAllowedIps)
    return fail(Code::too_large,
                "a device has at most " + std::to_string(limits::kAllowedIps) + " allowed-ips and accepted-ips");
  return {};
}

void Device::Impl::set_identity(const crypto::WgPrivateKey& key) {
  if (identity_ && identity_->private_key == key) return;
  identity_.reset();
  cookies_.reset();
  peers_.for_each([&](Peer& peer) {
    peer.static_static.reset();
    peer.last_initiation_sent.reset();
    peer.sessions.stop_sending();
    forget_handshake(peer);
  });
  if (key.is_zero()) return;
  identity_ = Identity::from(key);
  cookies_.emplace(identity_->public_key, secrets_);
  // A device is no peer of itself.
  if (Peer* self = peers_.find(identity_->public_key)) remove_peer(*self);
}

void Device::Impl::configure_peer(const PeerConfig& config, Instant now) {
  if (identity_ && config.public_key == identity_->public_key) return;
  Peer* peer = peers_.find(config.public_key);
  if (config.remove) {
    if (peer) remove_peer(*peer);
    return;
  }
  if (!peer && config.update_only) return;
  if (!peer) peer = &peers_.add(config.public_key);
  if (config.preshared_key) peer->preshared_key = *config.preshared_key;
  if (config.endpoint) peer->path->set_remote(*config.endpoint, config.zone.index);
  configure_allowed_ips(*peer, config);
  configure_accepted_ips(*peer, config);
  forwarding_.update(*peer);
  if (config.persistent_keepalive) configure_keepalive(*peer, *config.persistent_keepalive, now);
  if (!peer->staged.empty()) want_session(*peer, now);
  peers_.reschedule(*peer);
}

void Device::Impl::configure_allowed_ips(Peer& peer, const PeerConfig& config) {
  AllowedIps& allowed_ips = forwarding_.allowed_ips();
  if (config.replace_allowed_ips) allowed_ips.take_all(peer.id);
  for (const PrefixChange& change : config.allowed_ips) {
    if (change.remove) {
      allowed_ips.take(change.prefix, peer.id);
    } else {
      allowed_ips.give(change.prefix, peer.id);
    }
  }
}

void Device::Impl::configure_accepted_ips(Peer& peer, const PeerConfig& config) {
  accepted_ips_ -= peer.accepted_ips.size();
  if (config.replace_accepted_ips) peer.accepted_ips.clear();
  for (const PrefixChange& change : config.accepted_ips) {
    if (change.remove) {
      peer.accepted_ips.remove(change.prefix);
    } else {
      peer.accepted_ips.add(change.prefix);
    }
  }
  accepted_ips_ += peer.accepted_ips.size();
}

void Device::Impl::configure_keepalive(Peer& peer, std::chrono::seconds interval, Instant now) {
  const bool was_off = peer.timers.persistent_keepalive() == std::chrono::seconds(0);
  peer.timers.set_persistent_keepalive(interval);
  if (was_off && interval != std::chrono::seconds(0)) send_keepalive(peer, now);
}

void Device::Impl::remove_peer(Peer& peer) {
  forget_handshake(peer);
  accepted_ips_ -= peer.accepted_ips.size();
  forwarding_.remove(peer);
  peers_.erase(peer.id);
}

DeviceStatus Device::Impl::status() {
  DeviceStatus out;
  if (identity_) out.private_key = identity_->private_key;
  out.listen_port = listen_port_;
  out.fwmark = fwmark_;
  out.peers.reserve(peers_.size());
  peers_.for_each([&](const Peer& peer) {
    PeerStatus& status = out.peers.emplace_back();
    status.public_key = peer.public_key;
    status.preshared_key = peer.preshared_key;
    if (const auto path = peer.path->get()) {
      status.endpoint = path->remote;
      if (path->remote.address.is_v6() && path->remote.address.is_link_local()) status.zone.index = path->interface;
    }
    status.persistent_keepalive = peer.timers.persistent_keepalive();
    status.last_handshake = peer.last_handshake_wall;
    status.rx_bytes = peer.activity->rx_bytes();
    status.tx_bytes = peer.activity->tx_bytes();
    status.allowed_ips = forwarding_.allowed_ips().of(peer.id);
    status.accepted_ips = peer.accepted_ips.list();
  });
  return out;
}

}  // namespace smeg::wireguard
