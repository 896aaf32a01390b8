// What a file may not say: includes outside the table, and below layer 5 whatever reads a clock, draws randomness,
// opens a socket or a file, starts a thread, or writes a log.
#pragma once

#include <string>
#include <vector>

#include "layering/source.h"
#include "layering/table.h"

namespace smeg::layering {

// Checks one file of a module; name is relative to the root.
void check_file(const Table& table, const Module& module, const std::string& name, const std::vector<Line>& lines,
                std::vector<Violation>& violations);

}  // namespace smeg::layering
