// What can be played.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "outcome.h"
#include "settings.h"
#include "stage.h"

namespace smeg::simulator {

struct Scenario {
  std::string_view name;
  std::string_view summary;  // what happens, and until when its time is measured
  Outcome (*run)(const Settings& settings, std::uint64_t seed, Stage& stage);
  bool can_share_start = true;
  // What it can't do with these settings, in words; empty where it can.
  std::string (*objection)(const Settings& settings) = [](const Settings&) { return std::string(); };
};

// The settings' events.
Outcome run_timeline(const Settings& settings, std::uint64_t seed, Stage& stage);

std::span<const Scenario> scenarios();
const Scenario* find_scenario(std::string_view name);

}  // namespace smeg::simulator
