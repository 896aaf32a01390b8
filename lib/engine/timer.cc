#include "engine/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace smeg::engine {
namespace {

constexpr time_t kFarFuture = 7'258'118'400;  // the year 2200, which the kernel's nanoseconds still reach

void drain(int descriptor) {
  std::uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t got = read(descriptor, &expirations, sizeof(expirations));
}

}  // namespace

Result<DeadlineTimer> DeadlineTimer::make() {
  io::Descriptor timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return fail(io::os_error("can't make a timer", errno));
  return DeadlineTimer(std::move(timer));
}

void DeadlineTimer::set(Instant deadline) {
  if (deadline == deadline_) return;
  deadline_ = deadline;
  itimerspec time{};  // all zero: off
  if (deadline != kNever) {
    // An instant of zero would turn the timer off instead of letting it fire at once.
    const auto since_boot = std::max(deadline.time_since_epoch(), Duration(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    time.it_value.tv_sec = seconds.count();
    time.it_value.tv_nsec = (since_boot - seconds).count();
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &time, nullptr);
}

void DeadlineTimer::quiet() {
  drain(timer_.get());
  deadline_ = kNever;
}

Result<WallClockWatch> WallClockWatch::make() {
  io::Descriptor timer(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return fail(io::os_error("can't make a timer", errno));
  WallClockWatch watch(std::move(timer));
  watch.arm();
  return watch;
}

void WallClockWatch::arm() {
  itimerspec never{};
  never.it_value.tv_sec = kFarFuture;
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
}

void WallClockWatch::quiet() {
  drain(timer_.get());
  arm();
}

}  // namespace smeg::engine
