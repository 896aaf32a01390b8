// A lock for a few instructions, where what is shared between threads is a value or two.
#pragma once

#include <atomic>

namespace smeg::wireguard {

// Holds the flag for as long as it lives. Whoever comes second sleeps until it is free; with one thread it costs two
// atomic operations.
class FlagLock {
 public:
  explicit FlagLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) flag_.wait(true, std::memory_order_relaxed);
  }
  FlagLock(const FlagLock&) = delete;
  FlagLock& operator=(const FlagLock&) = delete;
  ~FlagLock() {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }

 private:
  std::atomic_flag& flag_;
};

}  // namespace smeg::wireguard
