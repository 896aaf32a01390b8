// How far a prefix is, and the condition under which forwarding can't loop (RFC 8966 section 2.4; Garcia-Luna-Aceves
// 1993).
#pragma once

#include <compare>
#include <cstdint>

namespace smeg::route {

// How many bridges there may be on a path; a prefix further away can't be reached.
inline constexpr std::size_t kMostHops = 15;

// Raised by those at the prefix when somebody needs a way that is longer than one there has been. Below kSequenceEnd.
using Sequence = std::uint64_t;
inline constexpr Sequence kSequenceEnd = Sequence{1} << 62;
// Nobody follows a longer step at once, from 0 where nothing was announced yet: one who lies can't use up what there
// is, nor have a host that is new to a prefix begin where others don't follow. Honest sequences are raised by one, when
// a way got longer and somebody starves for it: after years they are still a small part of a step, so that a host that
// is new, or was away, follows them.
inline constexpr Sequence kSequenceStep = Sequence{1} << 20;

// What a bridge has announced of a prefix. Of two, the better one has the later sequence; of equal sequences, fewer
// hops.
struct Distance {
  Sequence sequence = 0;
  std::size_t hops = 0;

  bool better_than(const Distance& other) const {
    return sequence != other.sequence ? sequence > other.sequence : hops < other.hops;
  }
  friend bool operator==(const Distance&, const Distance&) = default;
};

// Whether a bridge whose best announcement so far was `best` may send to a neighbour that is one hop nearer than
// `through`, the distance that it would have through it. The neighbour's own best is at least as good as what it
// announces; so along the way of a packet each best is strictly better than the one before, whatever of it is old news,
// and no packet comes by twice.
inline bool feasible(const Distance& through, const Distance& best) {
  return through.sequence != best.sequence ? through.sequence > best.sequence : through.hops <= best.hops;
}

}  // namespace smeg::route
