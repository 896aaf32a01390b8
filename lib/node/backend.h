// Which backend carries the tunnels of this host, and why.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "control/control.h"
#include "netstate/netstate.h"

namespace smeg::node {

struct BackendChoice {
  control::Backend shown = control::Backend::stub;
  std::optional<netstate::Backend> backend;  // none: no tunnels, because nobody wants any or they can't be had
  std::string reason;                        // for people; empty where nothing needs to be said
  // Set where the configuration demands what this host hasn't got.
  std::optional<Error> problem;
};

// The configuration's wish, held against what the host has; `observed` may be null: nothing has been seen yet.
BackendChoice choose_backend(config::Backend wanted, const netstate::Observed* observed);

}  // namespace smeg::node
