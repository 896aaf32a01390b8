#include "engine/ingress.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace smeg::engine {
namespace {

// Messages of one system call, each of which may be a run of datagrams.
constexpr std::size_t kMessagesAtOnce = 64;

}  // namespace

IngressWorker::IngressWorker(const io::Tun& tun, Exchange& exchange)
    : tun_(tun), exchange_(exchange), batch_(kMessagesAtOnce), inbound_(std::make_unique<datapath::Inbound>()) {
  datagrams_.reserve(limits::kBatchPackets);
}

void IngressWorker::run() {
  while (!exchange_.stopping.load(std::memory_order_relaxed)) {
    const auto underlay = exchange_.underlay.get();
    const bool v4 = receive(*underlay, io::Family::v4);
    const bool v6 = receive(*underlay, io::Family::v6);
    if (!v4 && !v6 && !wait(*underlay)) return;
  }
}

bool IngressWorker::wait(const Underlay& underlay) {
  const auto socket = [&](io::Family family) { return underlay.sockets ? underlay.sockets->descriptor(family) : -1; };
  // poll() passes over negative descriptors.
  std::array<pollfd, 4> waits{pollfd{socket(io::Family::v4), POLLIN, 0}, pollfd{socket(io::Family::v6), POLLIN, 0},
                              pollfd{exchange_.underlay_changed.descriptor(), POLLIN, 0},
                              pollfd{exchange_.stop.descriptor(), POLLIN, 0}};
  while (poll(waits.data(), waits.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  if (waits[2].revents) exchange_.underlay_changed.quiet();
  return true;
}

bool IngressWorker::receive(const Underlay& underlay, io::Family family) {
  if (!underlay.sockets) return false;
  auto received = batch_.receive(*underlay.sockets, family);
  if (received.empty()) return false;
  if (!underlay.up) return true;  // taken from the socket, and dropped
  while (!received.empty()) {
    const std::size_t count = std::min(received.size(), limits::kBatchPackets);
    process(received.first(count));
    received = received.subspan(count);
  }
  return true;
}

void IngressWorker::process(std::span<const io::UdpDatagram> datagrams) {
  datagrams_.clear();
  io::UdpArrival arrival;
  std::uint32_t known = UINT32_MAX;
  for (const io::UdpDatagram& datagram : datagrams) {
    if (datagram.arrival != known) arrival = batch_.arrival(known = datagram.arrival);
    datagrams_.push_back({datagram.bytes, to_path(arrival.path), arrival.traffic_class});
  }
  const auto table = exchange_.table.get();  // goes with this call, and the keys in it
  inbound_->process(*table, datagrams_, io::OsClock::now());
  exchange_.events->post(inbound_->take_handshakes());
  exchange_.events->post(inbound_->take_events());
  for (const MutableByteView& packet : inbound_->packets()) (void)tun_.write(packet);
}

}  // namespace smeg::engine
