// How the control thread hands the workers what is new.
#pragma once

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
    const std::lock_guard lock(mutex_);
    value_.swap(value);  // the old value goes after the lock
  }
  std::shared_ptr<const Value> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Value> value_;
};

}  // namespace smeg::engine
