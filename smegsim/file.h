// Scenario files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "settings.h"

namespace smeg::simulator {

// YAML with the options of `smegsim run` as keys, and with `events` a scenario of its own; what it leaves out stays as
// it was. Every problem is found at once:
//
//   nodes: 60
//   loss: 5             # per cent
//   events:
//     - { at: 10s, do: kill, hosts: 3, for: 20s }
//     - { at: 1m, do: partition, split: uneven, for: 30s }
tl::expected<Settings, std::vector<config::Problem>> parse_file(std::string_view text, Settings defaults);

}  // namespace smeg::simulator
