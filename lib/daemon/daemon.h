// smegd, from a checked configuration to its exit status.
#pragma once

#include <string>

#include "config/config.h"
#include "daemon/hardening.h"

namespace smeg::daemon {

// Exit status of smegd. Scripts and service managers go by them.
inline constexpr int kExitOrderly = 0;
inline constexpr int kExitRefused = 1;  // something outside stood against it; the log says what
inline constexpr int kExitUsage = 2;    // the command line or the configuration is wrong

// Reads and checks a configuration. The error is for standard error: one line for each thing that is wrong.
tl::expected<config::Config, std::string> load_configuration(const std::string& path);

// Runs until SIGTERM or SIGINT, in an orderly way then; returns the exit status. SIGHUP has it read the configuration
// anew, from that path. Once in a process, from its main thread, which becomes the core's; after harden_process().
int run(const config::Config& config, const std::string& path);

}  // namespace smeg::daemon
