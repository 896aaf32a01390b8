// The control thread's event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "io/io.h"

namespace smeg::engine {

// Calls whoever waits for a descriptor, one at a time (epoll, level-triggered). One thread. Handlers may watch and
// forget descriptors as they like, their own too. Does not own the descriptors.
class Loop {
 public:
  using Handler = std::function<void(std::uint32_t events)>;  // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP

  static Result<std::unique_ptr<Loop>> make();

  Result<void> watch(int descriptor, std::uint32_t events, Handler handler);
  void change(int descriptor, std::uint32_t events);
  // To be called before the descriptor is closed.
  void forget(int descriptor);

  // Runs until stop(); before each wait, before_wait is called. Fails only where the kernel's epoll does.
  Result<void> run(const std::function<void()>& before_wait);
  void stop() { stopping_ = true; }

 private:
  struct Watch {
    std::uint32_t generation = 0;
    std::shared_ptr<Handler> handler;
  };

  explicit Loop(io::Descriptor epoll) : epoll_(std::move(epoll)) {}
  void dispatch(std::uint64_t token, std::uint32_t events);

  io::Descriptor epoll_;
  std::unordered_map<int, Watch> watches_;
  std::uint32_t generation_ = 0;  // tells a descriptor's number from the same number used again
  bool stopping_ = false;
};

}  // namespace smeg::engine
