// A WireGuard interface in userspace, served by the threads of this process: TUN and UDP around datapath, the UAPI
// socket around wireguard::Device.
#pragma once

#include <functional>

#include "engine/controller.h"
#include "engine/egress.h"
#include "engine/ingress.h"
#include "engine/log.h"
#include "engine/privilege.h"
#include "engine/route_news.h"
#include "engine/timer.h"
#include "engine/uapi_server.h"

namespace smeg::engine {

struct EngineOptions {
  std::string interface;
  std::string uapi_folder = kUapiFolder;
  LogLevel log_level = LogLevel::error;
  io::Descriptor tun;            // a TUN queue that somebody else has opened; invalid: make the interface
  io::Descriptor uapi_listener;  // likewise the listening UAPI socket
  wireguard::Timing timing;      // the protocol's own, but for tests
};

// One interface. create() and run() are for the main thread, which becomes the control thread; run() starts an egress
// and an ingress worker. Everything that was made goes with the engine: interface, socket, threads.
class Engine {
 public:
  // Makes the interface and the sockets. Needs CAP_NET_ADMIN. Errors: exists (name taken, or served by another
  // process), forbidden, io.
  static Result<std::unique_ptr<Engine>> create(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Calls serving once nothing can fail any more and the UAPI socket answers; until then clients wait.
  // Returns when SIGTERM or SIGINT came, or the interface or the UAPI socket was deleted. Gives privileges up first.
  Result<void> run(const std::function<void()>& serving);

 private:
  Engine(EngineOptions options, io::Tun tun, UapiSocket socket, io::LinkWatch link, DeadlineTimer timer,
         WallClockWatch wall, std::unique_ptr<Loop> loop);
  Result<void> prepare();
  Result<void> watch_signals();
  Result<void> watch_everything();
  Result<void> start_workers();
  void on_link();
  void stop(std::string_view why);

  const Log log_;
  const wireguard::Timing timing_;
  bool was_up_ = false;
  const io::Tun tun_;
  UapiSocket socket_;
  io::LinkWatch link_;
  DeadlineTimer timer_;
  WallClockWatch wall_;
  std::unique_ptr<Loop> loop_;
  io::Descriptor signals_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<UapiServer> server_;
  std::unique_ptr<RouteNews> route_news_;
  std::unique_ptr<EgressWorker> egress_;
  std::unique_ptr<IngressWorker> ingress_;
  std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace smeg::engine
