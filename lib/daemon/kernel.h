// The operating system under the core's Apply and Observe: a thread that may block on netlink and engines.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
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
// there. A look that fails is repeated after a second, then less often, whatever else goes on meanwhile; the core hears
// nothing of it, the log does.
class Kernel {
 public:
  using Tell = std::function<void(netstate::Event)>;
  // How long after a look that failed the next one is due: twice as long each time, up to the last.
  struct Retries {
    std::chrono::milliseconds first{1'000};
    std::chrono::milliseconds last{30'000};
  };

  Kernel(std::unique_ptr<KernelPort> port, Post post, Tell tell)
      : Kernel(std::move(port), std::move(post), std::move(tell), Retries{}) {}
  Kernel(std::unique_ptr<KernelPort> port, Post post, Tell tell, Retries retries);
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
  int ms_to_next_look() const;
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
  const Retries retries_;
  std::optional<std::chrono::steady_clock::time_point> look_again_;  // after one that failed
  std::chrono::milliseconds retry_{};                                // what was waited for it
  std::vector<addr::IpAddress> underlay_;
  std::thread thread_;
};

}  // namespace smeg::daemon
