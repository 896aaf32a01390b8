// The operating system under the core's Apply and Observe: a thread that may block on netlink and engines.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>

#include "daemon/post.h"
#include "io/io.h"
#include "netlink/netlink.h"
#include "netstate/netstate.h"

namespace smeg::daemon {

// What is asked of the operating system. netlink::Host in the daemon; another one in tests.
class KernelPort {
 public:
  virtual ~KernelPort() = default;
  virtual Result<netstate::Observed> observe() = 0;
  virtual std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices() = 0;
  virtual std::vector<Result<void>> apply(const netstate::Plan& plan) = 0;
  virtual Result<std::vector<addr::IpAddress>> underlay_addresses() = 0;
  virtual int changes_fd() const = 0;
  virtual netlink::Changes take_changes() = 0;
};

// The real one.
Result<std::unique_ptr<KernelPort>> open_kernel(netlink::Options options);

// Job: performs what the core asks, in order, and tells it of what others change. Observes once at the start by itself.
// Waits in poll() for as long as nothing happens. Thread: apply() and observe*() are called on the core's, `tell` runs
// there. A look that fails is repeated after a second, then less often; the core hears nothing of it, the log does.
class Kernel {
 public:
  using Tell = std::function<void(netstate::Event)>;

  Kernel(std::unique_ptr<KernelPort> port, Post post, Tell tell);
  // What is under way is finished, what is queued is not begun.
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  void apply(netstate::PlanId id, netstate::Plan plan);
  void observe();
  void observe_devices();
  // Something that may block and has its place in the order of what is asked; `done` runs on the core's thread.
  void run(Task work, Task done);

 private:
  struct ApplyJob {
    netstate::PlanId id;
    netstate::Plan plan;
  };
  struct ObserveJob {};
  struct DevicesJob {};
  struct WorkJob {
    Task work;
    Task done;
  };
  using Job = std::variant<ApplyJob, ObserveJob, DevicesJob, WorkJob>;

  void enqueue(Job job);
  void work();
  void wait();
  bool take(Job& job);
  void carry_out(ApplyJob job);
  void carry_out(ObserveJob);
  void carry_out(DevicesJob);
  void carry_out(WorkJob job);
  void look();
  void look_at_underlay(bool first);
  void hear_changes();
  void say(netstate::Event event);

  std::unique_ptr<KernelPort> port_;
  Post post_;
  Tell tell_;
  io::Descriptor wake_;  // an eventfd
  std::mutex mutex_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  // The thread's own:
  bool look_again_ = false;
  int look_again_ms_ = 0;
  std::vector<addr::IpAddress> underlay_;
  std::thread thread_;
};

}  // namespace smeg::daemon
