// The clocks of the operating system.
#pragma once

#include "base/base.h"

namespace smeg::io {

// Any thread; never fails.
class OsClock {
 public:
  // Time since boot, suspend included (CLOCK_BOOTTIME): a laptop that wakes must see at once that its session keys are
  // too old and its neighbours were silent, which CLOCK_MONOTONIC would hide. A wait on this clock needs a timerfd of
  // CLOCK_BOOTTIME; a relative wait (poll, epoll) stands still while the host sleeps and so fires late, never early.
  static Instant now();
  // The calendar's time. It may be wrong and may jump: for invites and for people, never for liveness.
  static WallTime wall_now();
};

}  // namespace smeg::io
