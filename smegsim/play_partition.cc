// A mesh that falls apart, and heals.
#include <algorithm>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using sim::HostIndex;

constexpr Duration kLimit = 300s;  // for everybody to come to know
constexpr Duration kShortestApart = 1s;
constexpr unsigned kApartDoublings = 9;  // and a little more: to 10 min
constexpr Duration kLongestApart = 10min;

// Any order of magnitude is as likely as another.
Duration some_time_apart(SeededRng& chance) {
  const Duration base = kShortestApart * (1 << chance.below(kApartDoublings + 1));
  return std::min(base + chance.jitter(base), kLongestApart);
}

}  // namespace

// Both sides go on: a member of each takes another alias, and one leaves.
void play_partition(Trial& trial) {
  trial.settle();
  const Duration apart = trial.settings().apart.value_or(some_time_apart(trial.chance()));
  const Split split = trial.settings().split.value_or(static_cast<Split>(trial.chance().below(3)));
  trial.phase("apart for " + format_duration(std::chrono::floor<std::chrono::seconds>(apart)));
  trial.partition(split);
  trial.run_for(apart / 2);
  for (const HostIndex host : trial.some(2)) trial.rename(host, "split-" + std::to_string(host.value));
  if (trial.settings().nodes > 3) trial.leave(trial.any());
  trial.run_for(apart - apart / 2);
  trial.heal();
  trial.measure(trial.census().live(), trial.everybody_alive(), kLimit, "healed, waiting for all to show all");
  trial.run_for(10s);
}

}  // namespace smeg::simulator
