// What differs between two configurations, and which of it a running daemon can take up.
#pragma once

#include <string>
#include <vector>

namespace smeg::config {

struct Config;

struct Changes {
  std::vector<std::string> live;  // keys as they are written: "logLevel", "baseConfiguration.weight", "meshes[office]"
  std::vector<std::string> waiting;  // likewise, for the next start
};

Changes changes_between(const Config& before, const Config& after);

// What a daemon that runs with `before` goes by when it is given `after`: that, but for what waits for the next start.
Config applied(const Config& before, const Config& after);

}  // namespace smeg::config
