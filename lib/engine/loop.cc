#include "engine/loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace smeg::engine {
namespace {

constexpr int kEventsAtOnce = 16;

std::uint64_t token_of(int descriptor, std::uint32_t generation) {
  return static_cast<std::uint64_t>(generation) << 32 | static_cast<std::uint32_t>(descriptor);
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::make() {
  io::Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(io::os_error("can't make an event loop", errno));
  return std::unique_ptr<Loop>(new Loop(std::move(epoll)));
}

Result<void> Loop::watch(int descriptor, std::uint32_t events, Handler handler) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token_of(descriptor, ++generation_);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) < 0) {
    return fail(io::os_error("can't watch a descriptor", errno));
  }
  watches_[descriptor] = {generation_, std::make_shared<Handler>(std::move(handler))};
  return {};
}

void Loop::change(int descriptor, std::uint32_t events) {
  const auto watch = watches_.find(descriptor);
  if (watch == watches_.end()) return;
  epoll_event event{};
  event.events = events;
  event.data.u64 = token_of(descriptor, watch->second.generation);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Loop::forget(int descriptor) {
  if (watches_.erase(descriptor) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Loop::dispatch(std::uint64_t token, std::uint32_t events) {
  const auto watch = watches_.find(static_cast<int>(token & 0xffff'ffff));
  if (watch == watches_.end() || watch->second.generation != token >> 32) return;
  const auto handler = watch->second.handler;  // stays while it runs, even if it forgets itself
  (*handler)(events);
}

Result<void> Loop::run(const std::function<void()>& before_wait) {
  std::array<epoll_event, kEventsAtOnce> events;
  while (!stopping_) {
    before_wait();
    const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, -1);
    if (count < 0 && errno != EINTR) return fail(io::os_error("the event loop broke", errno));
    for (int i = 0; i < count && !stopping_; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      dispatch(event.data.u64, event.events);
    }
  }
  return {};
}

}  // namespace smeg::engine
