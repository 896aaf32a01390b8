// A picture of how news spread.
#pragma once

#include <string>
#include <vector>

#include "outcome.h"

namespace smeg::simulator {

// SVG: the share of members that know over the time since the event, a curve for each seed, with the times at which the
// worst of them has half, 99 % and all.
std::string plot(const Settings& settings, const std::vector<Outcome>& outcomes);

}  // namespace smeg::simulator
