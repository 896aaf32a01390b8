// Many datagrams in one system call.
#pragma once

#include <memory>

#include "io/udp.h"

namespace smeg::io {

// Receives up to a fixed number of datagrams at once into memory of its own. One thread. Memory is taken as it is
// touched: a batch of room for large datagrams costs little while they are small.
class UdpReceiveBatch {
 public:
  // capacity datagrams, 1 to 1024, of up to datagram_bytes each, at most 65535; a longer one is dropped.
  UdpReceiveBatch(std::size_t capacity, std::size_t datagram_bytes);
  ~UdpReceiveBatch();
  UdpReceiveBatch(const UdpReceiveBatch&) = delete;
  UdpReceiveBatch& operator=(const UdpReceiveBatch&) = delete;

  // Takes what waits in that socket, without waiting itself. What was received before is overwritten. The number of
  // datagrams; 0 where there is none.
  std::size_t receive(const UdpSockets& sockets, Family family);

  std::size_t capacity() const;
  // index below what receive() gave. Empty where the datagram was too long.
  MutableByteView data(std::size_t index);
  UdpPath path(std::size_t index) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Collects datagrams and sends them, each run of one family with one system call. One thread. Keeps pointers to the
// datagrams until they are sent.
class UdpSendBatch {
 public:
  // 1 to 1024 datagrams.
  explicit UdpSendBatch(std::size_t capacity);
  ~UdpSendBatch();
  UdpSendBatch(const UdpSendBatch&) = delete;
  UdpSendBatch& operator=(const UdpSendBatch&) = delete;

  bool full() const;
  // Not for a full batch.
  void add(ByteView datagram, const UdpPath& path);
  struct Outcome {
    std::size_t sent = 0;
    std::size_t failed = 0;
    std::size_t without_local = 0;      // of those sent: as in Sent::without_local
    addr::Endpoint last_without_local;  // to whom the last of them went
  };
  // Sends all and empties the batch. Waits for room in the socket for at most wait_ms a time and then drops the rest.
  Outcome flush(const UdpSockets& sockets, int wait_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace smeg::io
