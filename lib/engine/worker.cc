#include "engine/worker.h"

#include <csignal>

namespace smeg::engine {
namespace {

constexpr std::size_t kStackBytes = 256 * 1'024;

}  // namespace

Exchange::Exchange(std::unique_ptr<EventQueue> queue, Wake stop_bell, Wake underlay_bell, Underlay first)
    : table(std::make_shared<const wireguard::ForwardingTable>()),
      underlay(std::make_shared<const Underlay>(std::move(first))),
      events(std::move(queue)),
      stop(std::move(stop_bell)),
      underlay_changed(std::move(underlay_bell)) {}

void Exchange::stop_workers() {
  stopping.store(true);
  stop.ring();
}

void Exchange::set_underlay(Underlay next) {
  underlay.set(std::make_shared<const Underlay>(std::move(next)));
  underlay_changed.ring();
}

Result<std::unique_ptr<Thread>> Thread::start(const char* name, std::function<void()> body) {
  std::unique_ptr<Thread> thread(new Thread(std::move(body)));
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error_number = pthread_create(&thread->thread_, &attributes, &Thread::enter, thread.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error_number != 0) {
    thread->thread_ = {};
    return fail(io::os_error("can't start a thread", error_number));
  }
  pthread_setname_np(thread->thread_, name);
  return thread;
}

void* Thread::enter(void* self) {
  static_cast<Thread*>(self)->body_();
  return nullptr;
}

Thread::~Thread() {
  if (thread_ != pthread_t{}) pthread_join(thread_, nullptr);
}

io::UdpPath to_udp_path(const wireguard::Path& path) {
  io::UdpPath out{.remote = path.remote, .local = {}, .interface = path.interface};
  if (!path.source.is_unspecified()) out.local = path.source;
  return out;
}

wireguard::Path to_path(const io::UdpPath& path) {
  return {.remote = path.remote, .source = path.local.value_or(addr::IpAddress()), .interface = path.interface};
}

}  // namespace smeg::engine
