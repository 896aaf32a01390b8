// From the network to the TUN interface.
#pragma once

#include "engine/worker.h"

namespace smeg::engine {

// One ingress worker: receives datagrams, opens them, writes the packets to the interface, and passes handshake
// messages to the control thread. Runs on a thread of its own until Exchange stops it. Waits without using any time.
class IngressWorker {
 public:
  // Both must outlive the worker.
  IngressWorker(const io::Tun& tun, Exchange& exchange);

  void run();

 private:
  bool wait(const Underlay& underlay);
  bool receive(const Underlay& underlay, io::Family family);
  void process(std::span<const io::UdpDatagram> datagrams);

  const io::Tun& tun_;
  Exchange& exchange_;
  io::UdpReceiveBatch batch_;
  std::vector<datapath::InboundDatagram> datagrams_;
  std::unique_ptr<datapath::Inbound> inbound_;
};

}  // namespace smeg::engine
