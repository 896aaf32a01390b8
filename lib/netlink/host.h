// The operating system as the daemon uses it: looks at it, changes it, and hears when others change it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "netstate/netstate.h"

namespace smeg::netlink {

// The program that serves a userspace interface. It is started as `path arguments... IFNAME`, stays in the foreground,
// makes the TUN interface and answers on the UAPI socket: ours ("smegd engine -f") or wireguard-go ("-f").
struct EngineProgram {
  std::string path = "/proc/self/exe";
  std::string name = "smegd";  // argument zero, and by which a running one is recognised
  std::vector<std::string> arguments = {"engine", "-f"};
  // Keep our standard error. Only where that outlives us (journal, file): a pipe that nobody reads ends the engine.
  bool inherit_stderr = false;
};

struct Options {
  std::string interface_prefix = "smeg";
  EngineProgram engine;
  std::string uapi_directory = "/var/run/wireguard";
  // Bounds of what may block. A call to the kernel or to one engine:
  std::chrono::milliseconds request_timeout{2'000};
  // From start to the first answer on the UAPI socket:
  std::chrono::milliseconds engine_start_timeout{5'000};
  // From SIGTERM to SIGKILL, and again as long until the link is gone:
  std::chrono::milliseconds engine_stop_timeout{3'000};
};

// What has changed since the last look.
struct Changes {
  bool ours = false;      // an interface, address, route or filter that is ours or has a name that we may take
  bool underlay = false;  // addresses or links of the host that have nothing to do with us
};

// Job: performs netstate's operations and gathers what it observes, by rtnetlink, generic netlink for the kernel's
// WireGuard and UAPI sockets for engines; starts, finds, stops and reaps those. Remembers which endpoint it set for
// which peer, and nothing else. Caller: the daemon's netlink thread; one thread for the whole life of an object. Calls
// block, each step within the bounds in Options. Fails: by Result, with the kernel's own words where it has any. Not
// its job: to decide what to do, to retry what failed, to log, or to stop engines at its own end.
class Host {
 public:
  // Tries whether the kernel's WireGuard works, by making a device for a moment; every observation tells of it. Fails
  // with io where the kernel gives no netlink socket.
  static Result<std::unique_ptr<Host>> open(Options options);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // All of ours, and foreign interfaces whose names we might take. Fails with unavailable where a device does not
  // answer (its engine may be busy); only after limits::kEngineSilences observations in a row does it count as silent
  // for good, which shows as an interface without a device.
  Result<netstate::Observed> observe();
  // The devices of our interfaces that answer, as far as known from the last observe(); statistics for little money.
  std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices();
  // One result for each operation. Goes on behind what fails.
  std::vector<Result<void>> apply(const netstate::Plan& plan);

  // The host's own addresses that others may reach it at: global scope, on a link that is up and not the loopback's or
  // ours, neither temporary, deprecated nor tentative. The one that the kernel sends from comes first, by family (IPv6
  // before IPv4); where it has no route to anywhere, that isn't known and all follow in the kernel's order.
  Result<std::vector<addr::IpAddress>> underlay_addresses();

  // Readable when something changed; for the caller's poll loop. Stays the same for the object's life.
  int changes_fd() const;
  // Never blocks. Our own changes may show up as well: the answer to `ours` is to observe and diff, which then finds
  // nothing to do. Lost messages (ENOBUFS) count as both kinds of change.
  Changes take_changes();

 private:
  class Impl;
  explicit Host(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace smeg::netlink
