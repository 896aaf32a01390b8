// What can be played.
#pragma once

#include <span>
#include <string_view>

#include "trial.h"

namespace smeg::simulator {

struct Scenario {
  std::string_view name;
  std::string_view summary;  // what happens, and until when its time is measured
  void (*play)(Trial&);      // all but Trial::finish
};

std::span<const Scenario> scenarios();
const Scenario* find_scenario(std::string_view name);

}  // namespace smeg::simulator
