#include "node/kernel.h"

#include <algorithm>
#include <utility>

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstRetry = 500ms;
constexpr Duration kLongestRetry = 30s;

control::Problem problem_of(const Error& error, const netstate::InterfaceName* interface) {
  return {control::ProblemKind::interface, error.message, interface ? interface->text() : ""};
}

}  // namespace

void Kernel::set_desired(netstate::State desired, Instant now) {
  if (desired_ == desired) return;
  desired_ = std::move(desired);
  settled_ = false;
  if (retry_ == kNever) return reconcile(now);
  // The last plan failed in part: look what is there before the next one.
  retry_ = kNever;
  holding_ = false;
  observe();
}

void Kernel::on_observed(netstate::Observed observed, Instant now) {
  observed_ = std::move(observed);
  observing_ = false;
  if (std::exchange(stale_, false)) return observe();
  reconcile(now);
}

void Kernel::on_devices(const netstate::DevicesSeen& devices, Instant now) {
  if (!observed_) return;
  for (const auto& [name, device] : devices.devices) {
    const auto known = observed_->interfaces.find(name);
    if (known != observed_->interfaces.end() && known->second.device) known->second.device = device;
  }
  // A device tells nobody when somebody else configures it.
  reconcile(now);
}

void Kernel::on_plan_done(const netstate::PlanDone& done, Instant now) {
  if (!under_way_ || done.plan != plan_id_) return;
  const netstate::Plan plan = *std::exchange(under_way_, std::nullopt);
  run(hooks_.after(plan, done.results));
  problems_.clear();
  for (const netstate::Conflict& conflict : plan.conflicts)
    problems_.push_back(problem_of(conflict.error, &conflict.interface));
  std::set<netstate::InterfaceName> failed;
  for (std::size_t i = 0; i < std::min(plan.ops.size(), done.results.size()); ++i) {
    if (done.results[i]) continue;
    const netstate::InterfaceName* interface = netstate::interface_of(plan.ops[i]);
    problems_.push_back(problem_of(done.results[i].error(), interface));
    if (!interface) continue;
    // Where nothing failed before on that interface, what its device refuses is the port. The kernel's takes the port
    // when it comes up.
    const bool first = failed.insert(*interface).second;
    const auto* device = std::get_if<netstate::SetDevice>(&plan.ops[i]);
    const bool at_once = device && device->listen_port != 0;
    const bool when_up =
        std::holds_alternative<netstate::SetLink>(plan.ops[i]) && done.results[i].error().code == Code::conflict;
    if (first && (at_once || when_up)) refused_ports_.insert(*interface);
  }
  if (problems_.empty()) {
    backoff_ = {};
    retry_ = kNever;
    return observe();
  }
  backoff_ = std::clamp(backoff_ * 2, kFirstRetry, kLongestRetry);
  retry_ = now + backoff_;
  holding_ = true;
}

void Kernel::run(std::vector<RunHook> hooks) {
  hooks_under_way_ += hooks.size();
  for (RunHook& hook : hooks) outbox_.push(std::move(hook));
}

void Kernel::on_hook_done() {
  if (hooks_under_way_ > 0) --hooks_under_way_;
}

void Kernel::on_drift() {
  stale_ = stale_ || observing_ || under_way_;
  if (!stale_) observe();
}

void Kernel::on_deadline(Instant now) {
  if (now < retry_) return;
  retry_ = kNever;
  holding_ = false;
  observe();
}

Instant Kernel::next_deadline() const { return retry_; }

void Kernel::observe() {
  if (std::exchange(observing_, true)) return;
  outbox_.push(Observe{});
}

void Kernel::reconcile(Instant now) {
  // What failed waits for its time: the attempt itself may have caused the changes that are seen now.
  if (!observed_ || !desired_ || under_way_ || observing_ || holding_) return;
  netstate::Plan plan = netstate::diff(*observed_, *desired_);
  settled_ = plan.empty();
  if (plan.empty()) {
    problems_.clear();
    for (const netstate::Conflict& conflict : plan.conflicts)
      problems_.push_back(problem_of(conflict.error, &conflict.interface));
    if (!plan.conflicts.empty()) retry_ = std::min(retry_, now + kLongestRetry);
    return;
  }
  plan_id_.value += 1;
  run(hooks_.before(plan, *observed_, *desired_));
  outbox_.push(Apply{plan_id_, plan});
  under_way_ = std::move(plan);
}

}  // namespace smeg::node
