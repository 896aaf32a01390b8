// Giving up what the engine doesn't need once it is set up.
#pragma once

#include "base/base.h"

namespace smeg::engine {

// Before any key is in memory: no core dump and no ptrace by others of the same user (PR_SET_DUMPABLE, RLIMIT_CORE).
// Fails only where the system refuses.
Result<void> keep_memory_private();

// Before any thread is started and after the interface and the socket are there: no new privileges by exec, and of the
// capabilities only CAP_NET_ADMIN (to mark sockets when told to) and CAP_NET_BIND_SERVICE (to listen on a port below
// 1024 when told to), each where the process has it.
Result<void> drop_privileges();

}  // namespace smeg::engine
