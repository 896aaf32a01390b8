// Handshakes: who is answered, and what becomes of it.
#include "wireguard/device_impl.h"

namespace smeg::wireguard {

void Device::Impl::on_handshake_message(const HandshakeMessage& message, std::size_t waiting, Instant now) {
  if (waiting >= kHandshakeBacklog) under_load_until_ = now + kLoadLasts;
  const auto type = classify(message.bytes);
  if (!identity_ || !type || *type == MessageType::data) {
    ++counters_.malformed;
    return;
  }
  if (*type == MessageType::cookie_reply) return on_cookie_reply(message, now);
  switch (check_macs(message, now)) {
    case Verdict::take:
      return *type == MessageType::initiation ? on_initiation(message, now) : on_response(message, now);
    case Verdict::reply_with_cookie: return reply_with_cookie(message, now);
    case Verdict::drop: return;
  }
}

Device::Impl::Verdict Device::Impl::check_macs(const HandshakeMessage& message, Instant now) {
  if (!cookies_->mac1_fits(message.bytes)) {
    ++counters_.bad_mac;
    return Verdict::drop;
  }
  if (now >= under_load_until_) return Verdict::take;
  if (!cookies_->mac2_fits(message.bytes, message.from.remote, now)) {
    ++counters_.without_cookie;
    return Verdict::reply_with_cookie;
  }
  if (limiter_.allow(message.from.remote.address, now)) return Verdict::take;
  ++counters_.rate_limited;
  return Verdict::drop;
}

void Device::Impl::reply_with_cookie(const HandshakeMessage& message, Instant now) {
  const auto sender = load_le<std::uint32_t>(message.bytes.data() + sizeof(std::uint32_t));
  const CookieReply reply = cookies_->make_reply(message.bytes, sender, message.from.remote, now);
  datagrams_.push_back({message.from, encode(reply), kHandshakeTrafficClass, true});
  ++counters_.cookie_replies_sent;
}

std::optional<Device::Impl::OpenedInitiation> Device::Impl::open_initiation(const Initiation& initiation, Instant now) {
  auto responder = Responder::open(initiation, *identity_);
  Peer* peer = responder ? peers_.find(responder->remote()) : nullptr;
  const crypto::Secret<32>* shared = peer ? static_static(*peer) : nullptr;
  if (!shared) return std::nullopt;
  const auto timestamp = responder->open_timestamp(initiation, *shared);
  if (!timestamp || *timestamp <= peer->greatest_timestamp) return std::nullopt;
  if (peer->last_initiation_seen && now < *peer->last_initiation_seen + kInitiationInterval) return std::nullopt;
  peer->greatest_timestamp = *timestamp;
  peer->last_initiation_seen = now;
  return OpenedInitiation{*peer, std::move(*responder)};
}

void Device::Impl::on_initiation(const HandshakeMessage& message, Instant now) {
  auto opened = open_initiation(*decode_initiation(message.bytes), now);
  if (!opened) {
    ++counters_.bad_handshake;
    return;
  }
  opened->peer.activity->handshake_received(message.bytes.size(), now);
  if (crosses_ours(opened->peer, message.from, now)) return;
  opened->peer.path->set(message.from);
  respond(opened->peer, opened->responder, message.from, now);
}

// Ours may be lost where it went to another address than the peer's comes from; then the peer's counts.
bool Device::Impl::crosses_ours(const Peer& peer, const Path& from, Instant now) const {
  const auto path = peer.path->get();
  return peer.handshake && now < *peer.last_initiation_sent + kCrossingTime && path && path->remote == from.remote &&
         identity_->public_key < peer.public_key;
}

void Device::Impl::respond(Peer& peer, Responder& responder, const Path& to, Instant now) {
  const std::uint32_t index = draw_index();
  const auto answer = responder.respond(peer.preshared_key, index, secrets_);
  if (!answer) return;
  peer.sessions.add(
      std::make_shared<Keypair>(peer.id, index, answer->message.receiver, Role::responder, answer->keys, now, timing_));
  forwarding_.update(peer);
  peer.timers.session_derived(now);
  Bytes bytes = encode(answer->message);
  peer.cookies.stamp(bytes, now);
  peer.activity->handshake_sent(bytes.size(), now);
  datagrams_.push_back({to, std::move(bytes), kHandshakeTrafficClass});
  ++counters_.responses_sent;
  peers_.reschedule(peer);
}

void Device::Impl::on_response(const HandshakeMessage& message, Instant now) {
  const auto response = decode_response(message.bytes);
  const auto at = handshakes_.find(response->receiver);
  Peer* peer = at == handshakes_.end() ? nullptr : peers_.find(at->second);
  const auto keys = peer ? peer->handshake->finish(*response, *identity_, peer->preshared_key)
                         : Result<SessionKeys>(fail(Code::not_found, "no handshake of ours"));
  if (!keys) {
    ++counters_.bad_handshake;
    return;
  }
  forget_handshake(*peer);
  peer->path->set(message.from);
  peer->activity->handshake_received(message.bytes.size(), now);
  peer->sessions.add(
      std::make_shared<Keypair>(peer->id, response->receiver, response->sender, Role::initiator, *keys, now, timing_));
  forwarding_.update(*peer);
  peer->timers.session_derived(now);
  on_session_established(*peer, now);
  peers_.reschedule(*peer);
}

// Both roles: the session is the current one, and the peer has it too or is about to learn of it by what is sent now.
void Device::Impl::on_session_established(Peer& peer, Instant now) {
  ++counters_.sessions;
  peer.last_handshake_wall = calendar_.wall(now);
  peer.timers.handshake_ended();
  forget_handshake(peer);
  const bool must_confirm = peer.sessions.current()->role() == Role::initiator && peer.staged.empty();
  if (must_confirm) {
    send_keepalive(peer, now);
  } else {
    send_staged(peer, now);
  }
}

void Device::Impl::on_cookie_reply(const HandshakeMessage& message, Instant now) {
  const auto reply = decode_cookie_reply(message.bytes);
  Peer* peer = peer_of_index(reply->receiver);
  if (!peer || !peer->cookies.accept(*reply, now)) {
    ++counters_.bad_handshake;
    return;
  }
  const bool asked_for_it = peer->handshake && peer->handshake->local_index() == reply->receiver;
  if (asked_for_it && !std::exchange(peer->repeated_with_cookie, true)) send_initiation(*peer, now);
}

// Also a second time, for a cookie: the same message, which the other side did not look at, with a mac that fits. (The
// paper would wait for the next attempt: five seconds for everybody who calls a host that is being flooded.)
void Device::Impl::send_initiation(Peer& peer, Instant now) {
  const auto path = peer.path->get();
  if (!path) return;
  Bytes bytes = encode(peer.handshake->message());
  peer.cookies.stamp(bytes, now);
  peer.activity->handshake_sent(bytes.size(), now);
  datagrams_.push_back({*path, std::move(bytes), kHandshakeTrafficClass});
  ++counters_.initiations_sent;
}

void Device::Impl::want_session(Peer& peer, Instant now) {
  if (identity_ && peer.path->get()) peer.timers.session_wanted(now);
  initiate(peer, now);
}

void Device::Impl::initiate(Peer& peer, Instant now) {
  if (!identity_ || !peer.path->get()) return;
  if (peer.last_initiation_sent && now < *peer.last_initiation_sent + timing_.rekey_timeout) {
    peer.timers.initiation_held_back(*peer.last_initiation_sent + timing_.rekey_timeout);
    return;
  }
  const crypto::Secret<32>* shared = static_static(peer);
  if (!shared) return peer.timers.handshake_ended();
  auto started = Initiator::start(*identity_, peer.public_key, *shared, calendar_.next(now), draw_index(), secrets_);
  if (!started) return peer.timers.handshake_ended();
  forget_handshake(peer);
  peer.handshake = std::move(*started);
  handshakes_.emplace(peer.handshake->local_index(), peer.id);
  peer.last_initiation_sent = now;
  peer.repeated_with_cookie = false;
  peer.timers.initiation_sent(now, draw_jitter());
  send_initiation(peer, now);
}

void Device::Impl::forget_handshake(Peer& peer) {
  if (!peer.handshake) return;
  handshakes_.erase(peer.handshake->local_index());
  peer.handshake.reset();
}

const crypto::Secret<32>* Device::Impl::static_static(Peer& peer) {
  if (!peer.static_static) {
    auto shared = crypto::x25519(identity_->private_key, peer.public_key);
    if (!shared) return nullptr;
    peer.static_static = std::move(*shared);
  }
  return &*peer.static_static;
}

// Random, so that nobody links the sessions of a peer by it; not 0, which the forwarding builder takes for none. The
// number of indexes in use is far below 2^32, so that this ends soon.
std::uint32_t Device::Impl::draw_index() {
  std::uint32_t index = 0;
  while (index == 0 || peer_of_index(index)) index = load_le<std::uint32_t>(secrets_.bytes<4>().data());
  return index;
}

Peer* Device::Impl::peer_of_index(std::uint32_t local_index) {
  if (const auto at = handshakes_.find(local_index); at != handshakes_.end()) return peers_.find(at->second);
  const Keypair* session = forwarding_.session(local_index);
  return session ? peers_.find(session->peer()) : nullptr;
}

}  // namespace smeg::wireguard
