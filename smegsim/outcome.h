// What came of a run.
#pragma once

#include <string>
#include <vector>

#include "base/base.h"
#include "settings.h"

namespace smeg::simulator {

struct Outcome {
  // One of several things that happen, one after the other.
  struct Change {
    std::string what;
    Duration last{};  // until it was right for all
  };
  std::uint64_t seed = 0;
  std::size_t nodes = 0;        // hosts at the end
  bool measured = false;        // there was something for hosts to come to know
  std::vector<Duration> times;  // from the event until a live member showed it; sorted
  std::vector<Change> changes;  // of `bridges`; what `times` holds together
  std::size_t observers = 0;    // live members that should; those that didn't are not among the times
  Duration gave_up{};           // after the event
  std::size_t lost = 0;
  std::size_t resurrected = 0;
  std::size_t wrongful_downs = 0;
  std::size_t violations = 0;
  std::vector<std::string> remarks;   // what was wrong, in words; the first few
  double bytes_per_second = 0;        // sent by a member, on average
  double worst_bytes_per_second = 0;  // by the one that sends most
  std::size_t most_sessions = 0;      // that a host ever held
  std::uint64_t lies = 0;             // messages of a forger
  std::uint64_t thrown_out = 0;       // times that somebody closed its session
  Duration simulated{};
  Duration wall{};
  Duration cpu{};                   // of the process
  std::size_t memory_per_node = 0;  // bytes

  bool good() const { return violations == 0 && lost == 0 && resurrected == 0 && wrongful_downs == 0; }
  // In milliseconds; who did not come to know counts with the time after which we gave up. 0 where nothing was
  // measured.
  double percentile_ms(unsigned percent) const;
};

// What all runs of one call have in common, in words: "leader-kill, 100 nodes, 10 to 150 ms by region, loss 5 %".
std::string conditions(const Settings& settings);

}  // namespace smeg::simulator
