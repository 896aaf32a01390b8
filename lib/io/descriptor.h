// An open file descriptor and its owner.
#pragma once

#include <string_view>

#include "base/base.h"

namespace smeg::io {

// Closes its descriptor when it goes. Move only. Any thread, one at a time.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// The error of a failed system call: "WHAT: words for errno". Code::io, or the nearest better one (exists,
// not_found, forbidden, unavailable).
Error os_error(std::string_view what, int error_number, std::string hint = {});

}  // namespace smeg::io
