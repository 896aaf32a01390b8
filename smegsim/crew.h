// Runs in processes of their own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "outcome.h"

namespace smeg::simulator {

// Job: a process for each seed, so many at a time, and what came of all of them. A new process has all that was made
// before it, and shares the memory until it writes to it. Caller: the first process, which collects; a process of this
// crew may split as well. Single-threaded.
// Fails by outcomes: of a process that ends without one the outcome is a violation that says how it ended.
class Crew {
 public:
  // jobs: processes that run at a time, at least 1. Fails with Code::io where there is no room for a file.
  static Result<Crew> create(std::size_t jobs, std::uint64_t first_seed, std::size_t seeds);

  // In each new process: its seed. In the caller, once all of them have ended: none.
  std::optional<std::uint64_t> split();
  // One new process, for the first seed, that may split. True in there; in the caller, once it has ended, false.
  bool split_off();
  // What a process that split() made ends with,
  [[noreturn]] void hand_in(const Outcome& outcome);
  // and one of split_off().
  [[noreturn]] static void leave();
  // Of each seed one, in order.
  std::vector<Outcome> collect();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  Crew(File file, std::size_t jobs, std::uint64_t first, std::size_t seeds);
  bool fork_for(std::uint64_t seed);
  void wait_for_one();
  bool write(const Outcome& outcome);

  File file_;  // a line an outcome; shared by all processes
  std::size_t jobs_;
  std::uint64_t first_;
  std::size_t seeds_;
  std::map<pid_t, std::uint64_t> running_;  // seeds
};

}  // namespace smeg::simulator
