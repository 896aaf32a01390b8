// Programs of the operator's, run when interfaces come and go.
#pragma once

#include <string>
#include <vector>

#include "node/node.h"

namespace smeg::daemon {

// PATH, and what a hook is told: SMEG_HOOK, SMEG_MESH (its name), SMEG_MESH_ID, SMEG_INTERFACE, SMEG_ADDRESS. Nothing
// of the daemon's own environment.
std::vector<std::string> hook_environment(const node::RunHook& hook);

// Runs a program, without a shell, in a session of its own, with an empty input, and waits for it. Gives what it wrote,
// to either output, in one line, of which kHookOutputBytes are kept; what it leaves running in the background is not
// waited for. Fails with io where it can't be started, or ends otherwise than with 0, or with unavailable where it had
// to be ended, with all of its session. Blocks.
inline constexpr std::size_t kHookOutputBytes = 2'048;
Result<std::string> run_hook(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                             Duration limit);

}  // namespace smeg::daemon
