// A Config as text again, and how two of them differ.
#pragma once

#include "config/config.h"

namespace smeg::config {

// YAML with every key that means something, those that nobody set with their defaults; parse() makes the same Config of
// it. There is no secret in a Config, but for what an operator wrote into the arguments of hooks: these are left out
// where without_arguments says so, and then it is for people alone.
std::string to_yaml(const Config& config, bool without_arguments = false);

struct Difference {
  std::string field;   // "baseConfiguration.role", "meshes[0].name"
  std::string before;  // empty: not there
  std::string after;   // likewise
};
// In the order of the keys. Meshes are compared by their places in the list. without_arguments: those of hooks are
// compared, and not shown.
std::vector<Difference> differences(const Config& before, const Config& after, bool without_arguments = false);

}  // namespace smeg::config
