// Many datagrams sent in one system call.
#pragma once

#include <memory>
#include <span>

#include "io/udp.h"

namespace smeg::io {

// Datagrams of one path: of equal size but for the last one, which may be shorter; 1 to 64, at most 65000 bytes in all.
struct UdpGroup {
  UdpPath path;
  std::uint8_t traffic_class = 0;
  std::span<const MutableByteView> datagrams;
};

// Collects groups of datagrams and sends them, each run of one family with one system call, each group as one message
// that the kernel or the network card cuts (UDP_SEGMENT) as far as they can. One thread.
class UdpSendBatch {
 public:
  UdpSendBatch();
  ~UdpSendBatch();
  UdpSendBatch(const UdpSendBatch&) = delete;
  UdpSendBatch& operator=(const UdpSendBatch&) = delete;

  // Keeps views of the datagrams until flush().
  void add(const UdpGroup& group);

  struct Outcome {
    std::size_t sent = 0;  // datagrams
    std::size_t failed = 0;
    std::optional<UdpPath> without_local;  // a path whose datagrams went as in Sent::without_local
  };
  // Sends all and empties the batch. Waits for room in the socket for at most wait_ms a time and then drops the rest.
  Outcome flush(const UdpSockets& sockets, int wait_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace smeg::io
