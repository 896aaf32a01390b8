// The parts of a manual page that the table of commands knows best.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace smeg::ctl {

// A page in scdoc's form, whose lines "@OPTIONS@" and "@COMMANDS@" give way to the options that all commands take, and
// to all commands with theirs.
std::string filled_manual(const CLI::App& root, const std::string& page);
inline constexpr const char* kManualCommand = "__manual";

}  // namespace smeg::ctl
