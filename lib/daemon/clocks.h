// The clocks of the core's loop: when the core wants to be called, and when the calendar jumps.
#pragma once

#include <functional>
#include <memory>

#include "base/base.h"

namespace boost::asio {
class io_context;
}

namespace smeg::daemon {

// Job: calls back at an instant of io::OsClock, and whenever the calendar's time is set. Thread: the loop's. Sleeps for
// as long as neither is due: by timerfd, which unlike epoll's time-outs counts the time that the host is suspended.
class Clocks {
 public:
  using Callback = std::function<void()>;

  // Fails with io where the kernel has no timers left.
  static Result<std::unique_ptr<Clocks>> make(boost::asio::io_context& loop, Callback on_deadline,
                                              Callback on_calendar_set);
  ~Clocks();
  Clocks(const Clocks&) = delete;
  Clocks& operator=(const Clocks&) = delete;

  // Replaces an earlier deadline; kNever: none. One that is past comes at once.
  void set_deadline(Instant deadline);

 private:
  class Impl;
  explicit Clocks(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace smeg::daemon
