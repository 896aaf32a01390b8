// Says how far a run has come, while it takes its time.
#pragma once

#include <iosfwd>
#include <string>

#include "base/base.h"

namespace smeg::simulator {

// Job: a line on a terminal that is written over, or a new one now and then elsewhere; nothing within the first second.
// Caller: a run, as often as it likes.
class Progress {
 public:
  Progress(std::ostream& err, bool terminal, bool quiet) : err_(err), terminal_(terminal), quiet_(quiet) {}

  // What the lines to come begin with.
  void begin(std::string run);
  void phase(std::string what);
  // Nodes are at `now`; of those who are to know something, so many do.
  void update(Instant now, std::size_t known = 0, std::size_t of = 0);
  // Takes the line away.
  void end();

 private:
  std::ostream& err_;
  bool terminal_;
  bool quiet_;
  std::string run_;
  std::string phase_;
  Duration began_{};
  Duration written_{};
  bool shown_ = false;
};

}  // namespace smeg::simulator
