// What the workers tell the control thread.
#pragma once

#include <deque>
#include <mutex>
#include <variant>
#include <vector>

#include "datapath/datapath.h"
#include "engine/wake.h"

namespace smeg::engine {

// The system refused to send from the local address of that path.
struct SourceRefused {
  wireguard::Path path;
};
// The interface was deleted: no packet will ever come or go again.
struct InterfaceGone {};

using Event = std::variant<wireguard::WorkerEvent, SourceRefused, InterfaceGone>;

// Two bounded queues, one of events and one of handshake messages, which strangers can send as many of as they like.
// Post from any thread, take from the control thread. What doesn't fit is dropped and counted: packets first, since
// they alone are large; of the rest there is at most one each for a peer and a batch, and all repeat themselves.
class EventQueue {
 public:
  static Result<std::unique_ptr<EventQueue>> make();

  void post(std::vector<wireguard::WorkerEvent> events);
  void post(SourceRefused refused);
  void post(InterfaceGone gone);
  void post(std::vector<wireguard::HandshakeMessage> handshakes);

  // Readable while something may wait.
  int descriptor() const { return wake_.descriptor(); }
  void quiet() const { wake_.quiet(); }
  void ring() const { wake_.ring(); }

  // Everything that waits.
  std::vector<Event> take_events();
  // At most limit messages, the oldest first; waiting is how many are left.
  std::vector<wireguard::HandshakeMessage> take_handshakes(std::size_t limit, std::size_t& waiting);
  std::uint64_t dropped() const;

 private:
  explicit EventQueue(Wake wake) : wake_(std::move(wake)) {}
  void add(Event event);

  const Wake wake_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::size_t packet_bytes_ = 0;  // of the packets in events_
  std::deque<wireguard::HandshakeMessage> handshakes_;
  std::uint64_t dropped_ = 0;
};

}  // namespace smeg::engine
