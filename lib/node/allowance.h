// How much one member may have this host answer.
#pragma once

#include <algorithm>

#include "crdt/crdt.h"
#include "node/effects.h"

namespace smeg::node {

// Bytes of answers to one member: so many at once, well below limits::kSendQueueBytes, and so many more each second.
// The first is more than all that 3,000 members say of themselves. What finds no room a later comparison brings.
inline constexpr std::size_t kAnsweredAtOnce = 4 * 1'024 * 1'024;
inline constexpr std::size_t kAnsweredPerSecond = 1'024 * 1'024;
// What a request costs besides, for to look costs something even where there is nothing to say.
inline constexpr std::size_t kRequestCost = 1'024;

// Job: counts what was answered to one member. Caller: a Membership. Single-threaded. Never fails.
class Allowance {
 public:
  // The last answer may go over it.
  std::size_t left(Instant now) const {
    if (full(now)) return kAnsweredAtOnce;
    const std::chrono::duration<double> ahead = full_at_ - now;
    const auto spent = static_cast<std::size_t>(ahead.count() * static_cast<double>(kAnsweredPerSecond));
    return kAnsweredAtOnce - std::min(spent, kAnsweredAtOnce);
  }
  bool full(Instant now) const { return full_at_ <= now; }
  void spend(std::size_t bytes, Instant now) {
    const auto time = Duration(std::chrono::seconds(1)) * static_cast<std::int64_t>(bytes) /
                      static_cast<std::int64_t>(kAnsweredPerSecond);
    full_at_ = std::max(full_at_, now) + time;
  }
  // Where the last answer was cut off. The next one begins there, so that what is refused again and again does not keep
  // back the rest.
  crdt::ItemKey left_out{};

 private:
  Instant full_at_{};
};

}  // namespace smeg::node
