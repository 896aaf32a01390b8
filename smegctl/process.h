// Other programs.
#pragma once

#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::ctl {

// Finds the program by PATH, runs it with these words and no shell, its output going to our standard error, and waits
// for its end. not_found where there is none of that name; io where it ends otherwise than with 0.
Result<void> run_program(const std::vector<std::string>& words);

}  // namespace smeg::ctl
