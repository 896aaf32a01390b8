#include "datapath/outbound.h"

#include <algorithm>

#include "datapath/ip.h"

namespace smeg::datapath {

Outbound::Outbound(unsigned mtu) : mtu_(mtu) {}

void Outbound::process(const wireguard::ForwardingTable& table, std::span<const MutableByteView> packets, Instant now) {
  sealed_count_ = 0;
  group_count_ = 0;
  reply_count_ = 0;
  for (const MutableByteView packet : packets.first(std::min(packets.size(), limits::kBatchPackets)))
    route(table, packet, now);
  crypto::aead_seal_batch({items_.data(), sealed_count_});
  group();
  account(now);
}

void Outbound::route(const wireguard::ForwardingTable& table, MutableByteView packet, Instant now) {
  const auto header = parse_ip(packet);
  if (!header) return drops_.count(Drop::malformed);
  const wireguard::ForwardingPeer* peer = table.peer_for(header->destination);
  if (!peer) return reject(packet, Drop::no_peer, now);
  Sealed& sealed = sealed_[sealed_count_];
  sealed = {peer, peer->sending(), {}, outer_traffic_class(header->traffic_class), 0};
  sealed.order = order_of(sealed);
  if (sealed.order == sealed_count_) {  // the first of its kind in this batch
    const auto path = peer->path->get();
    if (!path) return reject(packet, Drop::no_endpoint, now);
    paths_[sealed.order] = *path;
  }
  const auto counter = sealed.keypair ? sealed.keypair->take_counter(now) : std::nullopt;
  if (!counter) {
    events_.push_back(wireguard::PacketWaits{peer->id, to_bytes(packet)});
    return;
  }
  prepare(sealed, packet, *counter);
}

void Outbound::reject(MutableByteView packet, Drop why, Instant now) {
  drops_.count(why);
  if (!limiter_.allow(now)) return;
  if (const auto reply = make_unreachable(packet)) replies_[reply_count_++] = *reply;
}

void Outbound::prepare(Sealed& sealed, MutableByteView packet, std::uint64_t counter) {
  const std::size_t padded = wireguard::padded_size(packet.size(), mtu_);
  std::fill_n(packet.data() + packet.size(), padded - packet.size(), std::uint8_t{0});
  std::uint8_t* const start = packet.data() - wireguard::kDataHeaderBytes;
  wireguard::encode(wireguard::DataHeader{sealed.keypair->remote_index(), counter}, start);
  items_[sealed_count_] = {&sealed.keypair->sending_key(), counter, packet.data(), padded, false};
  sealed.datagram = {start, padded + wireguard::kDataOverhead};
  ++sealed_count_;
}

// The number of the first packet in the batch that goes the same way. Runs are the rule, so the search goes back.
std::uint8_t Outbound::order_of(const Sealed& sealed) const {
  for (std::size_t i = sealed_count_; i > 0; --i) {
    const Sealed& earlier = sealed_[i - 1];
    if (earlier.peer == sealed.peer && earlier.traffic_class == sealed.traffic_class) return earlier.order;
  }
  return static_cast<std::uint8_t>(sealed_count_);
}

void Outbound::group() {
  std::array<std::uint8_t, limits::kBatchPackets> sorted;
  const std::span<std::uint8_t> order(sorted.data(), sealed_count_);
  for (std::size_t i = 0; i < sealed_count_; ++i) order[i] = static_cast<std::uint8_t>(i);
  std::ranges::sort(order, {}, [&](std::uint8_t i) { return std::pair(sealed_[i].order, i); });
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < sealed_count_; ++i) {
    const Sealed& sealed = sealed_[order[i]];
    datagrams_[i] = sealed.datagram;
    if (i == 0 || !extends_group(sealed_[order[i - 1]], sealed, bytes)) {
      groups_[group_count_++] = {&paths_[sealed.order], sealed.traffic_class, {&datagrams_[i], 0}};
      bytes = 0;
    }
    DatagramGroup& last = groups_[group_count_ - 1];
    last.datagrams = {last.datagrams.data(), last.datagrams.size() + 1};
    bytes += sealed.datagram.size();
  }
}

// Whether a datagram may follow another one in the last group, which holds that many bytes.
bool Outbound::extends_group(const Sealed& before, const Sealed& sealed, std::size_t bytes) const {
  const auto& datagrams = groups_[group_count_ - 1].datagrams;
  const std::size_t first = datagrams.front().size();
  return before.order == sealed.order && datagrams.back().size() == first && sealed.datagram.size() <= first &&
         datagrams.size() < kGroupDatagrams && bytes + sealed.datagram.size() <= kGroupBytes;
}

// One note for each peer and traffic class instead of each packet.
void Outbound::account(Instant now) {
  std::array<std::uint64_t, limits::kBatchPackets> bytes{};
  for (std::size_t i = 0; i < sealed_count_; ++i) bytes[sealed_[i].order] += sealed_[i].datagram.size();
  for (std::size_t i = 0; i < sealed_count_; ++i) {
    if (sealed_[i].order != i) continue;
    const wireguard::ForwardingPeer& peer = *sealed_[i].peer;
    if (peer.activity->data_sent(bytes[i], now)) events_.push_back(wireguard::TimersWanted{peer.id});
    if (sealed_[i].keypair->rekey_after_send(now)) events_.push_back(wireguard::RekeyWanted{peer.id});
  }
}

}  // namespace smeg::datapath
