// How often one caller may do something.
#pragma once

#include <map>
#include <string>

#include "base/base.h"

namespace smeg::api {

// A token bucket (RFC 2697's idea) for each name. Single-threaded. Whoever names them bounds how many there are.
class Throttle {
 public:
  // So many a second for good, and so many at once after a pause.
  Throttle(unsigned per_second, unsigned at_once);

  // Zero: go ahead, it is counted. Otherwise how long to wait; nothing is counted.
  Duration wait(const std::string& name, Instant now);
  // Forgets those that keep(name) is false of.
  template <class Keep>
  void prune(Keep keep) {
    std::erase_if(full_at_, [&](const auto& entry) { return !keep(entry.first); });
  }

 private:
  Duration each_;
  Duration room_;
  std::map<std::string, Instant> full_at_;  // when the bucket will be full again
};

}  // namespace smeg::api
