// Many datagrams received in one system call.
#pragma once

#include <memory>
#include <span>

#include "io/udp.h"

namespace smeg::io {

// One datagram of a batch that was received.
struct UdpDatagram {
  MutableByteView bytes;
  std::uint32_t arrival = 0;  // for UdpReceiveBatch::arrival(); the same for datagrams that came as one (UDP_GRO)
};
struct UdpArrival {
  UdpPath path;
  std::uint8_t traffic_class = 0;  // of the IP header: DSCP and ECN
};

// Receives many datagrams at once into memory of its own. One thread. Memory is taken as it is touched: room for large
// datagrams costs little while they are small.
class UdpReceiveBatch {
 public:
  // capacity messages at once, 1 to 1024, of up to 65535 bytes each: a datagram, or a run of datagrams of one sender
  // that the kernel has put together.
  explicit UdpReceiveBatch(std::size_t capacity);
  ~UdpReceiveBatch();
  UdpReceiveBatch(const UdpReceiveBatch&) = delete;
  UdpReceiveBatch& operator=(const UdpReceiveBatch&) = delete;

  // Takes what waits in that socket, without waiting itself; empty where there is nothing. In order of arrival. Valid
  // until the next call.
  std::span<const UdpDatagram> receive(const UdpSockets& sockets, Family family);
  // Where a datagram of the last receive() came from, and at which of our addresses.
  UdpArrival arrival(std::uint32_t index) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace smeg::io
