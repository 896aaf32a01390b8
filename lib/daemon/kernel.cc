#include "daemon/kernel.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "daemon/log.h"

namespace smeg::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Changes come in bursts: an interface that appears makes half a dozen. One look is enough for them.
constexpr int kBurstMs = 50;
constexpr int kForever = -1;

class RealKernel final : public KernelPort {
 public:
  explicit RealKernel(std::unique_ptr<netlink::Host> host) : host_(std::move(host)) {}
  Result<netstate::Observed> observe() override { return host_->observe(); }
  std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices() override {
    return host_->observe_devices();
  }
  std::vector<Result<void>> apply(const netstate::Plan& plan) override { return host_->apply(plan); }
  Result<std::vector<addr::IpAddress>> underlay_addresses() override { return host_->underlay_addresses(); }
  int changes_fd() const override { return host_->changes_fd(); }
  netlink::Changes take_changes() override { return host_->take_changes(); }

 private:
  std::unique_ptr<netlink::Host> host_;
};

}  // namespace

Result<std::unique_ptr<KernelPort>> open_kernel(netlink::Options options) {
  auto host = netlink::Host::open(std::move(options));
  if (!host) return fail(host.error());
  return std::make_unique<RealKernel>(std::move(*host));
}

Kernel::Kernel(std::unique_ptr<KernelPort> port, Post post, Tell tell, Retries retries)
    : port_(std::move(port)),
      post_(std::move(post)),
      tell_(std::move(tell)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      retries_(retries),
      thread_([this] { work(); }) {}

Kernel::~Kernel() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  (void)::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void Kernel::apply(netstate::PlanId id, netstate::Plan plan) { enqueue(ApplyJob{id, std::move(plan)}); }
void Kernel::observe() { enqueue(ObserveJob{}); }
void Kernel::observe_devices() { enqueue(DevicesJob{}); }
void Kernel::run(Task work, Task done) { enqueue(WorkJob{std::move(work), std::move(done)}); }

void Kernel::enqueue(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  (void)::eventfd_write(wake_.get(), 1);
}

void Kernel::work() {
  look_at_underlay(true);
  look();
  for (;;) {
    wait();
    Job job;
    while (take(job)) {
      std::visit([this](auto& what) { carry_out(std::move(what)); }, job);
    }
    const std::lock_guard lock(mutex_);
    if (ending_) return;
  }
}

// Rounded up, so that the time has come when poll() says so.
int Kernel::ms_to_next_look() const {
  if (!look_again_) return kForever;
  const auto left = std::chrono::ceil<milliseconds>(*look_again_ - steady_clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(0), retries_.last).count());
}

// Until there is a job, a change, or it is time for another try. That time comes whatever it was that ended the wait:
// the core's statistics alone end it more often than a try is due.
void Kernel::wait() {
  pollfd both[2] = {{wake_.get(), POLLIN, 0}, {port_->changes_fd(), POLLIN, 0}};
  const int ready = ::poll(both, 2, ms_to_next_look());
  eventfd_t ignored = 0;
  (void)::eventfd_read(wake_.get(), &ignored);
  if (ready > 0 && both[1].revents != 0) hear_changes();
  if (look_again_ && steady_clock::now() >= *look_again_) look();
}

bool Kernel::take(Job& job) {
  const std::lock_guard lock(mutex_);
  if (ending_ || jobs_.empty()) return false;
  job = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

void Kernel::carry_out(ApplyJob job) {
  auto results = port_->apply(job.plan);
  for (std::size_t n = 0; n < job.plan.ops.size() && n < results.size(); ++n) {
    if (results[n]) log_debug(netstate::describe(job.plan.ops[n]));
    if (!results[n]) log_error(results[n].error());
  }
  say(netstate::PlanDone{job.id, std::move(results)});
}

void Kernel::carry_out(ObserveJob) { look(); }

void Kernel::carry_out(DevicesJob) { say(netstate::DevicesSeen{port_->observe_devices()}); }

void Kernel::carry_out(WorkJob job) {
  job.work();
  post_(std::move(job.done));
}

void Kernel::look() {
  auto seen = port_->observe();
  if (seen) {
    look_again_.reset();
    return say(std::move(*seen));
  }
  retry_ = look_again_ ? std::min(2 * retry_, retries_.last) : retries_.first;
  look_again_ = steady_clock::now() + retry_;
  log_error("can't see what the operating system holds, trying again in " + std::to_string(retry_.count()) + " ms",
            seen.error());
}

void Kernel::look_at_underlay(bool first) {
  auto addresses = port_->underlay_addresses();
  if (!addresses) return log_error("can't see this host's addresses", addresses.error());
  if (!first && *addresses == underlay_) return;
  underlay_ = *addresses;
  say(netstate::UnderlaySeen{std::move(*addresses)});
}

void Kernel::hear_changes() {
  // Let the burst come to its end, unless the core wants something.
  pollfd wake{wake_.get(), POLLIN, 0};
  (void)::poll(&wake, 1, kBurstMs);
  const auto changes = port_->take_changes();
  if (changes.ours) say(netstate::Drift{});
  if (changes.underlay) look_at_underlay(false);
}

void Kernel::say(netstate::Event event) {
  post_([this, event = std::move(event)]() mutable { tell_(std::move(event)); });
}

}  // namespace smeg::daemon
