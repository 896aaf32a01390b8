// Other programs.
#pragma once

#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::ctl {

// Finds the program by PATH, runs it with these words and no shell, its output going to our standard error, and waits
// for its end. not_found where there is none of that name; io where it ends otherwise than with 0.
Result<void> run_program(const std::vector<std::string>& words);

// The same, for what it prints: at most kOutputBytes, the end of it; what it says of errors is the message where it
// fails.
inline constexpr std::size_t kOutputBytes = 16 * 1'024 * 1'024;
Result<std::string> output_of(const std::vector<std::string>& words);

}  // namespace smeg::ctl
