// A kernel in a value: what the operations mean, in the plainest way. The simulator's kernel, and diff's twin in tests.
#pragma once

#include "netstate/event.h"

namespace smeg::netstate {

// Carries out one operation. Fails, and changes nothing, with not_found where what it works on isn't there, with exists
// for what is there already, with forbidden for a foreign interface, with unsupported for
// sources of a kernel's peer, with io for a listen port that another interface
// has. Like the real one it drops routes with their interface, and gives a free port for listen port 0.
Result<void> apply(Observed& kernel, const Op& op);
// All of a plan, in order; goes on behind what fails.
std::vector<Result<void>> apply(Observed& kernel, const Plan& plan);

}  // namespace smeg::netstate
