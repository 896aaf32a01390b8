// What a file may not say: includes outside the table, and below layer 5 whatever reads a clock, draws randomness,
// opens a socket or a file, starts a thread, or writes a log.
#pragma once

#include <string>
#include <vector>

#include "layering/source.h"
#include "layering/table.h"

namespace smeg::layering {

// The headers of its own module that a file includes, as it says: "base/bytes.h".
std::vector<std::string> own_includes(const Module& module, const std::vector<Line>& lines);

// Checks one file of a module; name is relative to the root. An exposed one is a public header, or included by one.
void check_file(const Table& table, const Module& module, const std::string& name, bool exposed,
                const std::vector<Line>& lines, std::vector<Violation>& violations);

}  // namespace smeg::layering
