// From IP packets to datagrams.
#pragma once

#include <span>

#include "datapath/icmp.h"
#include "datapath/packet.h"

namespace smeg::datapath {

// Datagrams that one system call can send: all to one path with one traffic class, in order; all have the size of the
// first but the last, which may be shorter; at most kGroupDatagrams and kGroupBytes. That is the rule of UDP_SEGMENT
// (udp(7)), so that a group fits one sendmsg() with the datagrams as its iovecs; sendmmsg() does as well.
struct DatagramGroup {
  const wireguard::Path* to = nullptr;
  std::uint8_t traffic_class = 0;  // ECN of the inner packets (RFC 6040), DSCP zero
  std::span<const MutableByteView> datagrams;
};
inline constexpr std::size_t kGroupDatagrams = 64;
inline constexpr std::size_t kGroupBytes = 65'000;

// One egress worker's side of the data path: looks up the peer of each packet by its destination, pads, seals in place,
// groups. Packets with no session become PacketWaits events; packets with no peer are answered with ICMP unreachable.
// Each worker has its own; never allocates but for events. Never fails: what can't be sent is counted and dropped.
// It doesn't touch the hop limit, nor fragment.
class Outbound {
 public:
  explicit Outbound(unsigned mtu);
  // The interface's MTU, which padding doesn't go over.
  void set_mtu(unsigned mtu) { mtu_ = mtu; }

  // A batch of at most limits::kBatchPackets IP packets of 1 to limits::kPacketBytes bytes; before each, kHeadroomBytes
  // and behind it kTailroomBytes belong to the same buffer and are free. The results below point into the buffers,
  // which must stay until the next call, as must the table.
  void process(const wireguard::ForwardingTable& table, std::span<const MutableByteView> packets, Instant now);

  // Results of the last batch.
  std::span<const DatagramGroup> groups() const { return {groups_.data(), group_count_}; }
  // IP packets to be written back to the TUN.
  std::span<const MutableByteView> replies() const { return {replies_.data(), reply_count_}; }
  // To be taken after each batch; otherwise they add up.
  Events take_events() { return std::exchange(events_, {}); }
  // Of all batches.
  const DropCounters& drops() const { return drops_; }

 private:
  struct Sealed {
    const wireguard::ForwardingPeer* peer = nullptr;
    wireguard::Keypair* keypair = nullptr;
    MutableByteView datagram;
    std::uint8_t traffic_class = 0;
    std::uint8_t order = 0;  // of the peer and traffic class within the batch
  };

  void route(const wireguard::ForwardingTable& table, MutableByteView packet, Instant now);
  void reject(MutableByteView packet, Drop why, Instant now);
  void prepare(Sealed& sealed, MutableByteView packet, std::uint64_t counter);
  std::uint8_t order_of(const Sealed& sealed) const;
  void group();
  bool extends_group(const Sealed& before, const Sealed& sealed, std::size_t bytes) const;
  void account(Instant now);

  unsigned mtu_;
  UnreachableLimiter limiter_;
  std::size_t sealed_count_ = 0;
  std::size_t group_count_ = 0;
  std::size_t reply_count_ = 0;
  std::array<Sealed, limits::kBatchPackets> sealed_;
  std::array<wireguard::Path, limits::kBatchPackets> paths_;  // by order
  std::array<crypto::AeadItem, limits::kBatchPackets> items_;
  std::array<MutableByteView, limits::kBatchPackets> datagrams_;
  std::array<DatagramGroup, limits::kBatchPackets> groups_;
  std::array<MutableByteView, limits::kBatchPackets> replies_;
  Events events_;
  DropCounters drops_;
};

}  // namespace smeg::datapath
