// Engines as processes: start, recognise, end, reap.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "netlink/fd.h"
#include "netlink/host.h"

namespace smeg::netlink {

using ProcessId = StrongId<struct ProcessTag>;

// Job: the processes behind interfaces. An engine is a session of its own with default signals and no file of ours
// open, so that it outlives us; one that an earlier run of ours started is known by its command line and network
// namespace. Caller: Host, on its thread. Fails by Result. Does not talk to engines and knows nothing of links.
class EngineProcesses {
 public:
  // Our network namespace is the one that the calling thread is in now.
  explicit EngineProcesses(EngineProgram program);

  // Starts the program for an interface.
  Result<ProcessId> start(const netstate::InterfaceName& name);
  // Whether a process runs our engine program for this interface, in our network namespace.
  bool is_ours(ProcessId process, const netstate::InterfaceName& name) const;
  // Whether it is in our network namespace; true also where that can't be read.
  bool in_our_namespace(ProcessId process) const;
  // How a child of ours ended ("exit status 1", "signal 9"); empty while it runs or where it isn't our child.
  std::optional<std::string> ended(ProcessId process);
  // SIGTERM, then SIGKILL after `patience`, then waits as long again. Fails with io where it lives on.
  Result<void> end(ProcessId process, std::chrono::milliseconds patience);
  // The child that was started for this interface and not reaped yet.
  std::optional<ProcessId> child_of(const netstate::InterfaceName& name) const;
  // Takes leave of children that have ended.
  void reap();

 private:
  // The command line of an engine: argument zero first, the interface last.
  std::vector<std::string> command_line(const netstate::InterfaceName& name) const;

  // What a network namespace is told by: device and inode of its file. (0, 0) where that can't be read.
  struct NamespaceId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const NamespaceId&, const NamespaceId&) = default;
  };
  static NamespaceId namespace_at(const std::string& path);

  EngineProgram program_;
  NamespaceId namespace_;
  std::map<netstate::InterfaceName, ProcessId> children_;
};

}  // namespace smeg::netlink
