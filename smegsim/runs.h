// All runs of one call.
#pragma once

#include <vector>

#include "outcome.h"
#include "progress.h"
#include "settings.h"

namespace smeg::simulator {

struct Batch {
  std::size_t jobs = 1;      // runs at a time, each in a process of its own
  bool share_start = false;  // hosts start once, as with the first seed; each run goes on from there
};

// What can't be done with these settings, in words; empty where it can.
std::string objection_to(const Settings& settings, const Batch& batch);
// Plays them; there must be no objection. Of each seed one outcome, in order. Fails with Code::io.
Result<std::vector<Outcome>> run_all(const Settings& settings, const Batch& batch, Progress& progress);

}  // namespace smeg::simulator
