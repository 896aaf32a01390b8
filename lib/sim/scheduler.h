// The virtual clock: jobs at instants, carried out in order.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "base/base.h"

namespace smeg::sim {

using Job = std::function<void()>;

// Jobs of one instant run in the order in which they were given. Single-threaded; a job may give new ones.
class Scheduler {
 public:
  Instant now() const { return now_; }
  // At once where when has passed.
  void at(Instant when, Job job) { jobs_.emplace(std::pair{std::max(when, now_), ++drawn_}, std::move(job)); }
  void after(Duration delay, Job job) { at(now_ + delay, std::move(job)); }

  // Carries out the next job that is due at or before until, and moves the clock to it. Where there is none, moves the
  // clock to until and gives false.
  bool run_next(Instant until) {
    if (jobs_.empty() || jobs_.begin()->first.first > until) {
      now_ = std::max(now_, until);
      return false;
    }
    auto next = jobs_.extract(jobs_.begin());
    now_ = next.key().first;
    next.mapped()();
    return true;
  }
  void run_until(Instant until) {
    while (run_next(until)) {
    }
  }

 private:
  Instant now_{std::chrono::seconds(1)};
  std::uint64_t drawn_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, Job> jobs_;
};

}  // namespace smeg::sim
