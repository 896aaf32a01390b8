// What this process costs.
#pragma once

#include <cstddef>

#include "base/base.h"

namespace smeg::simulator {

struct Usage {
  Duration wall{};       // since some moment
  Duration cpu{};        // in user mode and the kernel
  std::size_t memory{};  // in use on the heap, in bytes
};
Usage usage_now();
// Of these the first alone: to look at the heap takes a while where it is large.
Duration wall_now();

}  // namespace smeg::simulator
