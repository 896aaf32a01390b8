// The control side of an engine: the WireGuard device, told what happens, and its effects, carried out.
#pragma once

#include "engine/log.h"
#include "engine/source_chooser.h"
#include "engine/worker.h"

namespace smeg::engine {

// Stands between wireguard::Device and the world: answers the UAPI's requests, opens and marks sockets, sends
// handshakes, publishes tables. The control thread's alone. Each on_*() ends with all effects carried out. Does not
// wait.
class Controller {
 public:
  // Exchange and log must outlive the controller.
  Controller(Exchange& exchange, const Log& log, io::Routes routes, const wireguard::Timing& timing = {});

  // The first sockets, on a free port, while privileges last.
  Result<void> open_sockets();

  // The whole reply to a request.
  std::string on_request(const wireguard::UapiRequest& request);
  // What the workers have posted. False where the interface is gone.
  bool on_events();
  void on_deadline();
  void on_wall_clock();
  void on_link(bool up, unsigned mtu);

  Instant next_deadline() const { return device_.next_deadline(); }

 private:
  Result<void> configure_zoned(wireguard::DeviceConfig config);
  Result<void> configure(const wireguard::DeviceConfig& config);
  Result<std::shared_ptr<const io::UdpSockets>> sockets_for(const wireguard::DeviceConfig& config);
  void adopt(std::shared_ptr<const io::UdpSockets> sockets, std::uint32_t mark);
  void carry_out(Instant now);
  void send(const wireguard::SendDatagram& datagram, Instant now);
  void on_handshakes(Instant now);

  Exchange& exchange_;
  const Log& log_;
  io::OsKeySource secrets_;
  io::OsRng jitter_;
  wireguard::Device device_;
  SourceChooser sources_;
  Underlay underlay_;
};

}  // namespace smeg::engine
