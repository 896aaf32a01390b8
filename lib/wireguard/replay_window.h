// Which counters of a session were seen (RFC 6479: a ring of words instead of a shifted bit map).
#pragma once

#include <array>

#include "base/base.h"
#include "wireguard/constants.h"

namespace smeg::wireguard {

// Accepts each counter once, and none that is kReplayWindow or more behind the greatest one. Not for several threads at
// a time: Keypair guards it.
class ReplayWindow {
 public:
  // To be asked only for authentic messages. False for a repeat, for one too old, and from kRejectAfterMessages on.
  [[nodiscard]] bool accept(std::uint64_t counter);

 private:
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::size_t kWords = kReplayBits / kWordBits;

  std::uint64_t next_ = 0;  // one above the greatest counter that was accepted
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace smeg::wireguard
