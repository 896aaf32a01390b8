#include "datapath/inbound.h"

#include <algorithm>

#include "datapath/ip.h"

namespace smeg::datapath {

using wireguard::ForwardingPeer;
using wireguard::ForwardingTable;
using wireguard::MessageType;

void Inbound::process(const ForwardingTable& table, std::span<const InboundDatagram> datagrams, Instant now) {
  sealed_count_ = 0;
  packet_count_ = 0;
  noted_peer_ = nullptr;
  for (const InboundDatagram& datagram : datagrams.first(std::min(datagrams.size(), limits::kBatchPackets)))
    sort(table, datagram, now);
  crypto::aead_open_batch({items_.data(), sealed_count_});
  for (std::size_t i = 0; i < sealed_count_; ++i) accept(table, sealed_[i], items_[i], now);
}

void Inbound::sort(const ForwardingTable& table, const InboundDatagram& datagram, Instant now) {
  const auto type = wireguard::classify(datagram.bytes);
  if (!type) return drops_.count(Drop::malformed);
  if (*type != MessageType::data) {
    handshakes_.push_back({datagram.from, to_bytes(datagram.bytes)});
    return;
  }
  const auto header = wireguard::decode_data_header(datagram.bytes);
  const wireguard::KeypairPtr* keypair = table.receiving.find(header->receiver);
  if (!keypair) return drops_.count(Drop::unknown_session);
  if (!(*keypair)->can_receive(now)) return drops_.count(Drop::expired_session);
  const MutableByteView body = datagram.bytes.subspan(wireguard::kDataHeaderBytes);
  items_[sealed_count_] = {&(*keypair)->receiving_key(), header->counter, body.data(), body.size(), false};
  sealed_[sealed_count_] = {&datagram, keypair->get(), header->counter};
  ++sealed_count_;
}

void Inbound::accept(const ForwardingTable& table, const Sealed& sealed, const crypto::AeadItem& item, Instant now) {
  if (!item.ok) return drops_.count(Drop::inauthentic);
  if (!sealed.keypair->accept(sealed.counter)) return drops_.count(Drop::replayed);
  const ForwardingPeer* peer = table.peers.find(sealed.keypair->peer().value);
  if (!peer) return drops_.count(Drop::unknown_session);
  note_session(*peer, sealed);
  const std::size_t bytes = sealed.datagram->bytes.size();
  if (bytes == wireguard::kDataOverhead) {
    peer->activity->keepalive_received(bytes, now);
  } else {
    if (peer->activity->data_received(bytes, now)) post(wireguard::TimersWanted{peer->id});
    deliver(table, *peer, sealed, {item.data, item.size - wireguard::kTagBytes});
  }
  if (sealed.keypair->rekey_after_receive(now)) post(wireguard::RekeyWanted{peer->id});
}

void Inbound::note_session(const ForwardingPeer& peer, const Sealed& sealed) {
  if (!sealed.keypair->adopted()) {
    sealed.keypair->confirm();
    post(wireguard::SessionConfirmed{peer.id});
  }
  note_path(peer, sealed.datagram->from);
}

void Inbound::note_path(const ForwardingPeer& peer, const wireguard::Path& from) {
  if (noted_peer_ == &peer && noted_path_ == from) return;
  noted_peer_ = &peer;
  noted_path_ = from;
  peer.path->set(from);
}

void Inbound::deliver(const ForwardingTable& table, const ForwardingPeer& peer, const Sealed& sealed,
                      MutableByteView plain) {
  const auto header = parse_ip(plain);
  if (!header) return drops_.count(Drop::malformed);
  if (!table.takes_from(peer, header->source)) return drops_.count(Drop::wrong_source);
  const MutableByteView packet = plain.first(header->packet_bytes);
  mark_congestion(packet, sealed.datagram->traffic_class);
  packets_[packet_count_++] = packet;
}

// Once in a batch for what doesn't change within it; there are few kinds and few peers in one.
void Inbound::post(const wireguard::WorkerEvent& event) {
  if (std::ranges::find(events_, event) == events_.end()) events_.push_back(event);
}

}  // namespace smeg::datapath
