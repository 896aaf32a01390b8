// What the workers report, what timers ask for, and the few packets that the control thread sends by itself.
#include "wireguard/device_impl.h"

namespace smeg::wireguard {

void Device::Impl::on_worker_event(const WorkerEvent& event, Instant now) {
  std::visit([&](const auto& what) { on_event(what, now); }, event);
}

void Device::Impl::on_event(const PacketWaits& event, Instant now) {
  Peer* peer = peers_.find(event.peer);
  if (!peer) return;
  // The session may have come while the event was on its way.
  if (!send_packet(*peer, event.packet, now)) {
    peer->staged.push(event.packet);
    want_session(*peer, now);
  }
  peers_.reschedule(*peer);
}

void Device::Impl::on_event(const RekeyWanted& event, Instant now) {
  Peer* peer = peers_.find(event.peer);
  // A new session may have come while the event was on its way.
  if (!peer || !peer->sessions.current() || !peer->sessions.current()->is_old(now)) return;
  want_session(*peer, now);
  peers_.reschedule(*peer);
}

void Device::Impl::on_event(const SessionConfirmed& event, Instant now) {
  Peer* peer = peers_.find(event.peer);
  if (!peer || !peer->sessions.adopt_confirmed()) return;
  forwarding_.update(*peer);
  on_session_established(*peer, now);
  peers_.reschedule(*peer);
}

void Device::Impl::on_event(const TimersWanted& event, Instant now) {
  Peer* peer = peers_.find(event.peer);
  if (!peer) return;
  peer->timers.watch(now, draw_jitter());
  peers_.reschedule(*peer);
}

void Device::Impl::on_deadline(Instant now) {
  // Each peer's deadlines lie in the future once all that is due was taken, so that this ends.
  while (Peer* peer = peers_.due(now)) {
    while (const auto event = peer->timers.take_due(now, draw_jitter())) on_timer(*peer, *event, now);
    peers_.reschedule(*peer);
  }
}

void Device::Impl::on_timer(Peer& peer, TimerEvent event, Instant now) {
  switch (event) {
    case TimerEvent::give_up:
      ++counters_.given_up;
      peer.staged.drop_all();
      forget_handshake(peer);
      return;
    case TimerEvent::retry_handshake: peer.path->forget_source(); return initiate(peer, now);
    case TimerEvent::zero_keys: return end_sessions(peer);
    case TimerEvent::peer_silent: peer.path->forget_source(); return want_session(peer, now);
    case TimerEvent::keepalive:
    case TimerEvent::persistent_keepalive: return send_keepalive(peer, now);
  }
}

void Device::Impl::send_keepalive(Peer& peer, Instant now) {
  if (!send_packet(peer, {}, now)) want_session(peer, now);
}

void Device::Impl::send_staged(Peer& peer, Instant now) {
  for (const Bytes& packet : peer.staged.take_all()) send_packet(peer, packet, now);
}

// False where there is no session to send with, or the peer's endpoint isn't known.
bool Device::Impl::send_packet(Peer& peer, ByteView packet, Instant now) {
  Keypair* session = peer.sessions.sending(now);
  const auto path = peer.path->get();
  const auto counter = session && path ? session->take_counter(now) : std::nullopt;
  if (!counter) return false;
  const std::size_t padded = padded_size(packet.size(), mtu_);
  Bytes datagram(padded + kDataOverhead);
  encode(DataHeader{session->remote_index(), *counter}, datagram.data());
  const auto body = MutableByteView(datagram).subspan(kDataHeaderBytes);
  std::ranges::copy(packet, body.begin());
  crypto::aead_seal(session->sending_key(), *counter, {}, body.first(padded), body);
  if (packet.empty()) {
    peer.activity->keepalive_sent(datagram.size(), now);
  } else if (peer.activity->data_sent(datagram.size(), now)) {
    peer.timers.watch(now, draw_jitter());
  }
  datagrams_.push_back({*path, std::move(datagram), 0});
  if (session->rekey_after_send(now)) want_session(peer, now);
  return true;
}

void Device::Impl::end_sessions(Peer& peer) {
  peer.sessions.stop_sending();
  peer.sessions.clear();
  forget_handshake(peer);
  forwarding_.update(peer);
}

void Device::Impl::on_source_refused(const Path& path) {
  peers_.for_each([&](Peer& peer) { peer.path->forget_source_of(path); });
}

void Device::Impl::on_interface_down() {
  peers_.for_each([&](Peer& peer) {
    peer.staged.drop_all();
    peer.timers.handshake_ended();
    peer.last_initiation_sent.reset();
    end_sessions(peer);
  });
}

void Device::Impl::on_interface_up(Instant now) {
  peers_.for_each([&](Peer& peer) {
    // Packets may be quicker than the news that the interface is up; what was sent for them then went nowhere.
    if (!peer.staged.empty()) {
      peer.last_initiation_sent.reset();
      want_session(peer, now);
    } else if (peer.timers.persistent_keepalive() != std::chrono::seconds(0)) {
      send_keepalive(peer, now);
    }
    peers_.reschedule(peer);
  });
}

}  // namespace smeg::wireguard
