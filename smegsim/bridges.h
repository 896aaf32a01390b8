// The scenario `bridges`.
#pragma once

#include <string>

#include "outcome.h"
#include "settings.h"
#include "stage.h"

namespace smeg::simulator {

// Many meshes: one bridge dies and comes back, then all that join two neighbours at once.
Outcome run_bridges(const Settings& settings, std::uint64_t seed, Stage& stage);
// Why it can't be played with these settings; empty where it can.
std::string objection_to_bridges(const Settings& settings);

}  // namespace smeg::simulator
