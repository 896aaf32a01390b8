#include "process.h"

#include <malloc.h>
#include <sys/resource.h>

#include <chrono>

namespace smeg::simulator {
namespace {

Duration of(const timeval& time) { return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec); }

// What is resident says little: the heap keeps what earlier runs gave back.
std::size_t in_use() {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

}  // namespace

Duration wall_now() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

Usage usage_now() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto wall = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Duration>(wall), of(usage.ru_utime) + of(usage.ru_stime), in_use()};
}

}  // namespace smeg::simulator
