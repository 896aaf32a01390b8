// Engines as the daemon deals with them: a process and its UAPI socket, found by the interface's name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netlink/process.h"
#include "netlink/uapi.h"

namespace smeg::netlink {

// Who listens on the UAPI socket of an interface.
struct Listener {
  ProcessId process;
  bool ours = false;  // our engine program, for this interface, in our network namespace
  bool in_our_namespace = false;
};

// Job: finds, starts, stops, asks and configures engines. Caller: Host, on its thread; each call is bounded by the
// timeouts in Options. Fails by Result. Knows nothing of links, addresses and routes.
class Engines {
 public:
  explicit Engines(const Options& options) : options_(options), processes_(options.engine) {}

  // Interfaces of our prefix that have a UAPI socket, alive or left behind.
  std::vector<netstate::InterfaceName> sockets() const;
  // Empty where nobody listens.
  std::optional<Listener> find(const netstate::InterfaceName& name) const;

  // Until it answers. Fails with exists where somebody listens on the socket already, unavailable where it ends or
  // gives no answer in time; nothing is left running then.
  Result<ProcessId> start(const netstate::InterfaceName& name);
  // Ends the process that listens, or that we started, and takes its socket away. Nothing to do is success.
  Result<void> stop(const netstate::InterfaceName& name);

  Result<wireguard::DeviceStatus> get(const netstate::InterfaceName& name) const;
  Result<void> set(const netstate::InterfaceName& name, const wireguard::DeviceConfig& config) const;

  void reap() { processes_.reap(); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  std::string socket_path(const netstate::InterfaceName& name) const;
  Deadline request_deadline() const { return std::chrono::steady_clock::now() + options_.request_timeout; }
  Result<UapiConnection> connect(const netstate::InterfaceName& name) const;
  Result<void> wait_for_answer(const netstate::InterfaceName& name, ProcessId process);

  const Options& options_;
  EngineProcesses processes_;
};

}  // namespace smeg::netlink
