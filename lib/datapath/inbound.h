// From datagrams to IP packets.
#pragma once

#include <span>

#include "datapath/packet.h"

namespace smeg::datapath {

// One datagram as the socket gave it; one of a coalesced (UDP_GRO) run is a view like any other.
struct InboundDatagram {
  MutableByteView bytes;
  wireguard::Path from;            // source and interface: the address that it came in on (IP_PKTINFO)
  std::uint8_t traffic_class = 0;  // of the outer header, for its ECN bits
};

// One ingress worker's side of the data path: sorts handshake messages out, opens data messages in place, drops repeats
// and packets whose source isn't the peer's, cuts off the padding. Each worker has its own; never allocates but for
// events and handshake messages. Never fails: what isn't right is counted and dropped, and nothing is answered.
class Inbound {
 public:
  // A batch of at most limits::kBatchPackets. Results point into the datagrams' memory.
  void process(const wireguard::ForwardingTable& table, std::span<const InboundDatagram> datagrams, Instant now);

  // Results of the last batch.
  // IP packets for the TUN, in order of arrival. The kDataHeaderBytes before each are free (for a virtio-net header).
  std::span<const MutableByteView> packets() const { return {packets_.data(), packet_count_}; }
  // For Device::on_handshake_message, and events for Device::on_worker_event: to be taken after each batch.
  std::vector<wireguard::HandshakeMessage> take_handshakes() { return std::exchange(handshakes_, {}); }
  Events take_events() { return std::exchange(events_, {}); }
  // Of all batches.
  const DropCounters& drops() const { return drops_; }

 private:
  struct Sealed {
    const InboundDatagram* datagram = nullptr;
    wireguard::Keypair* keypair = nullptr;
    std::uint64_t counter = 0;
  };

  void sort(const wireguard::ForwardingTable& table, const InboundDatagram& datagram, Instant now);
  void accept(const wireguard::ForwardingTable& table, const Sealed& sealed, const crypto::AeadItem& item, Instant now);
  void note_session(const wireguard::ForwardingPeer& peer, const Sealed& sealed);
  void note_path(const wireguard::ForwardingPeer& peer, const wireguard::Path& from);
  void deliver(const wireguard::ForwardingTable& table, const wireguard::ForwardingPeer& peer, const Sealed& sealed,
               MutableByteView plain);
  void post(const wireguard::WorkerEvent& event);

  std::size_t sealed_count_ = 0;
  std::size_t packet_count_ = 0;
  // The last message's in this batch, which most that follow share.
  const wireguard::ForwardingPeer* noted_peer_ = nullptr;
  wireguard::Path noted_path_;
  std::array<Sealed, limits::kBatchPackets> sealed_;
  std::array<crypto::AeadItem, limits::kBatchPackets> items_;
  std::array<MutableByteView, limits::kBatchPackets> packets_;
  std::vector<wireguard::HandshakeMessage> handshakes_;
  Events events_;
  DropCounters drops_;
};

}  // namespace smeg::datapath
