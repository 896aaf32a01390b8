// How the control thread hands the workers what is new.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace smeg::engine {

// A mailbox for the newest immutable value. The control thread sets it; workers take it once a batch and keep it no
// longer, so that what is old (session keys above all) dies with the last batch that used it. The lock is held for the
// length of a pointer copy.
template <class Value>
class Published {
 public:
  explicit Published(std::shared_ptr<const Value> first) : value_(std::move(first)) {}

  void set(std::shared_ptr<const Value> value) {
    {
      const std::lock_guard lock(mutex_);
      value_.swap(value);
    }  // the old value goes after the lock
    changed_.notify_all();
  }
  std::shared_ptr<const Value> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  // Waits until there is another value than that one, for so long at the most.
  void await_other(const std::shared_ptr<const Value>& than, std::chrono::milliseconds at_most) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&] { return value_ != than; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<const Value> value_;
};

}  // namespace smeg::engine
