// What a run finds.
#pragma once

#include <cstdint>
#include <functional>

#include "progress.h"

namespace smeg::simulator {

struct Stage {
  Progress& progress;
  // Called when the hosts have started and found one another: the seed with which it goes on. Several runs may go on
  // from here, each in a process of its own. Empty: with the one it has.
  std::function<std::uint64_t()> settled = {};
};

}  // namespace smeg::simulator
