#include "route/exit.h"

#include <cmath>

namespace smeg::route {
namespace {

// The finalizer of MurmurHash3 as Stafford improved it ("Mix13"), known from SplitMix64: each bit of the input changes
// each bit of the output with even odds.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t hash_pair(const MemberKey& source, const MemberKey& exit) {
  std::uint64_t h = 0x736d656765786974;
  for (const MemberKey* key : {&source, &exit})
    for (std::size_t at = 0; at < key->size(); at += 8)
      h = mix(h + 0x9e3779b97f4a7c15) ^ load_be<std::uint64_t>(key->data() + at);
  return mix(h);
}

// Exponentially distributed with the weight as its rate: the least of them is an exit's with a chance of its weight's
// share.
double arrival(const MemberKey& source, const WeightedExit& exit) {
  const double uniform =
      (static_cast<double>(hash_pair(source, exit.member) >> 11) + 0.5) / 9007199254740992.0;  // 2^53
  return -std::log(uniform) / static_cast<double>(exit.weight);
}

}  // namespace

std::size_t choose_exit(const MemberKey& source, std::span<const WeightedExit> exits) {
  bool any_weight = false;
  for (const WeightedExit& exit : exits) any_weight |= exit.weight != 0;
  std::optional<std::size_t> best;
  double first = 0;
  for (std::size_t i = 0; i < exits.size(); ++i) {
    WeightedExit exit = exits[i];
    if (any_weight && exit.weight == 0) continue;
    if (!any_weight) exit.weight = 1;
    const double at = arrival(source, exit);
    const bool earlier = !best || at < first || (at == first && exit.member < exits[*best].member);
    if (!earlier) continue;
    best = i;
    first = at;
  }
  return best.value_or(0);
}

}  // namespace smeg::route
