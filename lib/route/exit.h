// Which of several members that lead to the same prefix a source sends through.
#pragma once

#include <span>

#include "base/base.h"

namespace smeg::route {

// A member as its mesh knows it: its identity key.
using MemberKey = ByteArray<32>;

struct WeightedExit {
  MemberKey member{};
  std::uint32_t weight = 1;  // its share against the others'; 0: only where all have 0
};

// The index of the source's exit: weighted rendezvous hashing (Thaler and Ravishankar 1998; Schindelhauer and Schomaker
// 2005). Every source computes it for itself; the order of the list doesn't matter; an exit that goes takes only its
// own sources with it, and one that comes takes only its share. `exits` isn't empty.
std::size_t choose_exit(const MemberKey& source, std::span<const WeightedExit> exits);

}  // namespace smeg::route
