// The one programming path: desired, diff, Apply, observe.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/control.h"
#include "node/hooks.h"
#include "node/outbox.h"

namespace smeg::node {

// Job: keeps what the operating system holds equal to what is desired, whatever changed: a command, gossip, or somebody
// at the host itself. One plan is under way at a time. What fails is tried again, less and less often.
// Caller: Node. Single-threaded. Never fails.
class Kernel {
 public:
  explicit Kernel(Outbox& outbox) : outbox_(outbox) {}

  void set_desired(netstate::State desired, Instant now);
  // Full observation, statistics, a finished plan or drift; UnderlaySeen is not its business.
  void on_observed(netstate::Observed observed, Instant now);
  void on_devices(const netstate::DevicesSeen& devices, Instant now);
  void on_plan_done(const netstate::PlanDone& done, Instant now);
  void on_hook_done();
  void on_drift();
  void on_deadline(Instant now);
  Instant next_deadline() const;

  // Nothing until the first observation has come.
  const std::optional<netstate::Observed>& observed() const { return observed_; }
  // Whether the last thing done found everything as desired, and no hook runs.
  bool settled() const { return settled_ && hooks_under_way_ == 0; }
  Hooks& hooks() { return hooks_; }
  // What could not be done.
  const std::vector<control::Problem>& problems() const { return problems_; }
  // Interfaces whose listen port was refused by the last plan; to be given another.
  std::set<netstate::InterfaceName> take_refused_ports() { return std::exchange(refused_ports_, {}); }

 private:
  void reconcile(Instant now);
  void observe();
  void run(std::vector<RunHook> hooks);

  Outbox& outbox_;
  Hooks hooks_;
  std::size_t hooks_under_way_ = 0;
  std::optional<netstate::Observed> observed_;
  std::optional<netstate::State> desired_;
  std::optional<netstate::Plan> under_way_;
  netstate::PlanId plan_id_{};
  bool observing_ = true;  // the shell sends the first one unasked
  bool stale_ = false;     // what is observed may not be true any more
  bool settled_ = false;
  Instant retry_ = kNever;
  bool holding_ = false;  // something failed: nothing is tried before retry_
  Duration backoff_{};
  std::vector<control::Problem> problems_;
  std::set<netstate::InterfaceName> refused_ports_;
};

}  // namespace smeg::node
