#include "wireguard/replay_window.h"

#include <algorithm>

namespace smeg::wireguard {

bool ReplayWindow::accept(std::uint64_t counter) {
  if (counter >= kRejectAfterMessages || counter + kReplayWindow < next_) return false;
  if (counter >= next_) {
    // The words between the old greatest counter and the new one come into the window empty.
    const std::uint64_t old_word = next_ == 0 ? 0 : (next_ - 1) / kWordBits;
    const std::uint64_t fresh = std::min<std::uint64_t>(counter / kWordBits - old_word, kWords);
    for (std::uint64_t i = 1; i <= fresh; ++i) words_[(old_word + i) % kWords] = 0;
    next_ = counter + 1;
  }
  std::uint64_t& word = words_[(counter / kWordBits) % kWords];
  const std::uint64_t bit = std::uint64_t{1} << (counter % kWordBits);
  if (word & bit) return false;
  word |= bit;
  return true;
}

}  // namespace smeg::wireguard
