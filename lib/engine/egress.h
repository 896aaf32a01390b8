// From the TUN interface to the network.
#pragma once

#include <vector>

#include "engine/source_chooser.h"
#include "engine/worker.h"

namespace smeg::engine {

// Packets as they are read one behind the other into one piece of memory, each with the room around it that the data
// path asks for. Dense, so that a batch of small packets stays in the cache, and yet any packet fits.
class PacketArena {
 public:
  PacketArena();

  void clear();
  // Whether another packet of any size fits.
  bool has_room() const;
  // limits::kPacketBytes bytes for the next packet; keep() what was read into its front. Only where has_room().
  MutableByteView next();
  void keep(std::size_t size);
  std::span<const MutableByteView> packets() const { return packets_; }

 private:
  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t used_ = 0;
  std::vector<MutableByteView> packets_;
};

// One egress worker: reads a batch of packets, seals it, sends it. Runs on a thread of its own until Exchange stops it
// or the interface goes. Waits without using any time.
class EgressWorker {
 public:
  // Interface and exchange must outlive the worker.
  EgressWorker(const io::Tun& tun, Exchange& exchange, io::Routes routes);

  void run();

 private:
  bool wait();
  // False where there is nothing to read, or nothing ever again.
  bool read_batch();
  void process();
  void send(const Underlay& underlay);

  const io::Tun& tun_;
  Exchange& exchange_;
  bool gone_ = false;
  PacketArena arena_;
  std::unique_ptr<datapath::Outbound> outbound_;
  SourceChooser sources_;
  io::UdpSendBatch batch_;
};

}  // namespace smeg::engine
