// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <chrono>
#include <utility>

namespace smeg::netlink {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int value) : value_(value) {}
  Fd(Fd&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Fd() {
    if (value_ >= 0) close(value_);
  }

  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_ = -1;
};

// Waits until one of the poll(2) events happens; false at the deadline.
bool wait_for(int fd, short events, std::chrono::steady_clock::time_point deadline);

}  // namespace smeg::netlink
