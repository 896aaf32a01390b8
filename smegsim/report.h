// What runs are printed as.
#pragma once

#include <string>
#include <vector>

#include "outcome.h"

namespace smeg::simulator {

// For people: a line for each seed, the worst of all below, and what was wrong, in words.
std::string table(const Settings& settings, const std::vector<Outcome>& outcomes);
// For programs: an array with one object a seed.
std::string json(const Settings& settings, const std::vector<Outcome>& outcomes);

}  // namespace smeg::simulator
