// What a process that holds keys does first.
#pragma once

namespace smeg::daemon {

// No core dumps, nobody else's debugger, no signal for a broken pipe, and a heap that stays small with several threads.
// Before the first thread and the first secret. Best effort: none of it may fail on Linux.
void harden_process();

}  // namespace smeg::daemon
