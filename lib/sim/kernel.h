// A kernel in a value, with faults.
#pragma once

#include <functional>

#include "netstate/netstate.h"
#include "node/node.h"
#include "sim/scheduler.h"

namespace smeg::sim {

// Job: carries out plans as netlink would, after a while, one operation after another; says what it holds. Operations
// fail by chance where the test wants that. Caller: World. Single-threaded.
class Kernel {
 public:
  using Sink = std::function<void(netstate::Event)>;

  Kernel(Scheduler& scheduler, Rng& chance, Sink sink)
      : scheduler_(scheduler), chance_(chance), sink_(std::move(sink)) {}

  void apply(node::Apply apply);
  void observe(const node::Observe& observe);
  // The daemon is gone: nothing of a plan under way is told, and of it as much as chance has it was done.
  void kill();
  // The host is gone, and with it all interfaces.
  void cut_power();

  // Whether the kernel has WireGuard. Interfaces that it has made already stay.
  void set_wireguard(bool there);
  // Of a thousand operations, so many fail.
  void set_failures(unsigned per_thousand) { failures_ = per_thousand; }
  // Somebody changes something by hand; the daemon is told that there was something.
  void meddle(const std::function<void(netstate::Observed&)>& change);

  const netstate::Observed& state() const { return state_; }
  netstate::Observed& mutable_state() { return state_; }
  std::uint64_t operations() const { return operations_; }

 private:
  void step();

  Scheduler& scheduler_;
  Rng& chance_;
  Sink sink_;
  netstate::Observed state_;
  unsigned failures_ = 0;
  std::uint64_t life_ = 0;
  std::uint64_t operations_ = 0;
  std::optional<node::Apply> under_way_;
  netstate::PlanDone done_;
};

}  // namespace smeg::sim
