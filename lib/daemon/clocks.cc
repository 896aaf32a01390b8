#include "daemon/clocks.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "io/io.h"
#include "ipc/asio.h"

namespace smeg::daemon {
namespace {

namespace asio = boost::asio;

timespec to_timespec(Duration since_start) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_start);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((since_start - seconds).count())};
}

}  // namespace

class Clocks::Impl : public std::enable_shared_from_this<Clocks::Impl> {
 public:
  Impl(asio::io_context& loop, int timer, int calendar, Callback on_deadline, Callback on_calendar_set)
      : timer_(loop, timer),
        calendar_(loop, calendar),
        on_deadline_(std::move(on_deadline)),
        on_calendar_set_(std::move(on_calendar_set)) {}

  void start() {
    wait_for_timer();
    wait_for_calendar();
  }
  void end() {
    boost::system::error_code ignored;
    timer_.close(ignored);
    calendar_.close(ignored);
  }

  void set_deadline(Instant deadline) {
    if (deadline == deadline_) return;
    deadline_ = deadline;
    itimerspec when{};  // all zero disarms
    // At least a nanosecond, so that a deadline at the clock's zero is none of those.
    if (deadline != kNever) when.it_value = to_timespec(std::max(deadline.time_since_epoch(), Duration(1)));
    (void)::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &when, nullptr);
  }

 private:
  void wait_for_timer() {
    timer_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto failure) {
      if (failure) return;
      std::uint64_t ticks = 0;
      if (::read(self->timer_.native_handle(), &ticks, sizeof ticks) == sizeof ticks) {
        self->deadline_ = kNever;
        self->on_deadline_();
      }
      self->wait_for_timer();
    });
  }
  // A timer that never fires by itself, but is cancelled when somebody sets the clock (timerfd_create(2)).
  void wait_for_calendar() {
    itimerspec when{};
    when.it_value.tv_sec = std::numeric_limits<time_t>::max();
    (void)::timerfd_settime(calendar_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr);
    calendar_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto failure) {
      if (failure) return;
      std::uint64_t ticks = 0;
      if (::read(self->calendar_.native_handle(), &ticks, sizeof ticks) < 0 && errno == ECANCELED) {
        self->on_calendar_set_();
      }
      self->wait_for_calendar();
    });
  }

  asio::posix::stream_descriptor timer_;
  asio::posix::stream_descriptor calendar_;
  Callback on_deadline_;
  Callback on_calendar_set_;
  Instant deadline_ = kNever;
};

Result<std::unique_ptr<Clocks>> Clocks::make(asio::io_context& loop, Callback on_deadline, Callback on_calendar_set) {
  io::Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  io::Descriptor calendar(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer || !calendar) return fail(io::os_error("can't make a timer", errno));
  auto impl = std::make_shared<Impl>(loop, timer.release(), calendar.release(), std::move(on_deadline),
                                     std::move(on_calendar_set));
  impl->start();
  return std::unique_ptr<Clocks>(new Clocks(std::move(impl)));
}

Clocks::Clocks(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Clocks::~Clocks() { impl_->end(); }

void Clocks::set_deadline(Instant deadline) { impl_->set_deadline(deadline); }

}  // namespace smeg::daemon
