// Follows the daemon.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "dns/dns.h"
#include "ipc/ipc.h"

namespace smeg::nameserver {

// Job: keeps a watch on the control socket, makes a Zone of each Snapshot that changes it, and hands it on. While no
// daemon is there it tries again, and what was served last goes on being served. Thread: its own, so that nobody waits
// for an answer while a large Snapshot is read; on_zone runs there. Never fails: it says once that the daemon is gone,
// and once that it is back. The destructor waits for at most kPatience.
class Follower {
 public:
  using OnZone = std::function<void(std::shared_ptr<const dns::Zone>)>;
  Follower(std::string socket, dns::ZoneOptions options, OnZone on_zone);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

 private:
  void run();
  Result<void> follow();
  void take(const control::Snapshot& snapshot);
  void complain(const Error& error);

  std::string socket_;
  dns::ZoneOptions options_;
  OnZone on_zone_;
  std::shared_ptr<const dns::Zone> zone_;
  std::string complaint_;  // said last; empty: all is well
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace smeg::nameserver
