// What differs between two configurations, and which of it a running daemon can take up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smeg::config {

struct Config;

// When another value of a key begins to count.
enum class TakesEffect {
  on_reload,
  on_start,  // of the daemon
  never,     // read for the sake of older configurations (ADR 10)
};
// field is a key, or the path of something within one: "logLevel", "baseConfiguration.weight", "meshes[0].name".
TakesEffect takes_effect(std::string_view field);

struct Changes {
  std::vector<std::string> live;  // keys as they are written: "logLevel", "baseConfiguration.weight", "meshes[office]"
  std::vector<std::string> waiting;  // likewise, for the next start
  std::vector<std::string> idle;     // likewise, of those that never take effect
};

Changes changes_between(const Config& before, const Config& after);

// What a daemon that runs with `before` goes by when it is given `after`: that, but for what waits for the next start.
Config applied(const Config& before, const Config& after);

}  // namespace smeg::config
