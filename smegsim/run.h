// What runs have in common, whatever they play.
#pragma once

#include <string>

#include "outcome.h"
#include "process.h"
#include "settings.h"
#include "sim/sim.h"

namespace smeg::simulator {

sim::PathQuality quality_of(const Settings& settings);
// A host as the settings have them. A founder stays reachable and quick: it lets others in.
sim::HostOptions host_options(const Settings& settings, SeededRng& chance, bool founder);

// In words; the first few are kept.
void remark(Outcome& outcome, std::string what);
// And all are counted.
void violate(Outcome& outcome, Instant now, const std::string& what);
// Bytes that these hosts sent since a moment when they had sent so many, by host; those that came later had sent none.
void count_traffic(Outcome& outcome, const sim::World& world, const std::vector<sim::HostIndex>& hosts, Instant since,
                   const std::vector<std::uint64_t>& before);
std::vector<std::uint64_t> sent_by_all(const sim::World& world);
// What the checkers of the world complain of, and what the run cost since it began.
void conclude(Outcome& outcome, const sim::World& world, const sim::Honesty& honesty, const Usage& began);

}  // namespace smeg::simulator
