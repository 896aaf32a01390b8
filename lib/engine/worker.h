// The threads that move packets.
#pragma once

#include <pthread.h>

#include <atomic>
#include <functional>
#include <memory>

#include "engine/event_queue.h"
#include "engine/published.h"
#include "io/io.h"

namespace smeg::engine {

// The outer side of the tunnel as the control thread has set it up. Immutable.
struct Underlay {
  std::shared_ptr<const io::UdpSockets> sockets;
  unsigned mtu = wireguard::kDefaultMtu;  // of the interface
  std::uint32_t mark = 0;                 // of the sockets
  bool up = true;                         // false: the interface was taken down, nothing may come in
};

// All that the threads of an engine share: two mailboxes to the workers, one from them, and the order to stop.
// Outlives the workers.
struct Exchange {
  Exchange(std::unique_ptr<EventQueue> queue, Wake stop_bell, Wake underlay_bell, Underlay first);

  // Ends all workers; each sees it after its batch, or at once while it waits.
  void stop_workers();
  // Control thread: a new underlay, which a waiting worker takes at once.
  void set_underlay(Underlay next);

  Published<wireguard::ForwardingTable> table;
  Published<Underlay> underlay;
  const std::unique_ptr<EventQueue> events;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> routes{0};  // counts what may have changed the way that datagrams take
  const Wake stop;                       // rings for good once stopping
  const Wake underlay_changed;           // quieted by the ingress worker
};

// A thread with a small stack and all signals blocked. Joined when it goes.
class Thread {
 public:
  // name: at most 15 bytes, as `ps` shows it.
  static Result<std::unique_ptr<Thread>> start(const char* name, std::function<void()> body);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

 private:
  explicit Thread(std::function<void()> body) : body_(std::move(body)) {}
  static void* enter(void* self);

  std::function<void()> body_;
  pthread_t thread_{};
};

// Between the path's form in the protocol and that of the sockets.
io::UdpPath to_udp_path(const wireguard::Path& path);
wireguard::Path to_path(const io::UdpPath& path);

}  // namespace smeg::engine
