#include "crew.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

namespace nlohmann {

template <>
struct adl_serializer<smeg::Duration> {
  static void to_json(json& out, smeg::Duration value) { out = value.count(); }
  static void from_json(const json& in, smeg::Duration& value) { value = smeg::Duration(in.get<std::int64_t>()); }
};

}  // namespace nlohmann

namespace smeg::simulator {

// Between processes of one call alone, so nobody depends on what it looks like.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Outcome::Change, what, last)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Outcome, seed, nodes, measured, times, changes, observers, gave_up, lost,
                                   resurrected, wrongful_downs, violations, remarks, bytes_per_second,
                                   worst_bytes_per_second, most_sessions, lies, thrown_out, simulated, wall, cpu,
                                   memory_per_node)

namespace {

Outcome broken(std::uint64_t seed, std::string how) {
  Outcome out;
  out.seed = seed;
  out.violations = 1;
  out.remarks.push_back(std::move(how));
  return out;
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) return fmt::format("the run was ended by signal {}", WTERMSIG(status));
  return fmt::format("the run ended with status {}", WEXITSTATUS(status));
}

}  // namespace

Result<Crew> Crew::create(std::size_t jobs, std::uint64_t first_seed, std::size_t seeds) {
  File file(std::tmpfile());
  if (!file || ::fcntl(::fileno(file.get()), F_SETFL, O_APPEND) != 0)
    return fail(Code::io, fmt::format("can't make a temporary file: {}", std::strerror(errno)));
  return Crew(std::move(file), jobs, first_seed, seeds);
}

Crew::Crew(File file, std::size_t jobs, std::uint64_t first, std::size_t seeds)
    : file_(std::move(file)), jobs_(jobs), first_(first), seeds_(seeds) {}

std::optional<std::uint64_t> Crew::split() {
  for (std::uint64_t seed = first_; seed - first_ < seeds_; ++seed) {
    if (running_.size() == jobs_) wait_for_one();
    if (fork_for(seed)) return seed;
  }
  while (!running_.empty()) wait_for_one();
  return {};
}

bool Crew::split_off() {
  if (fork_for(first_)) return true;
  while (!running_.empty()) wait_for_one();
  return false;
}

// True in the new process.
bool Crew::fork_for(std::uint64_t seed) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    write(broken(seed, fmt::format("can't start a process for the run: {}", std::strerror(errno))));
    return false;
  }
  if (pid > 0) {
    running_.emplace(pid, seed);
    return false;
  }
  running_.clear();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
  return true;
}

void Crew::wait_for_one() {
  int status = 0;
  const pid_t pid = ::wait(&status);
  if (pid < 0) return running_.clear();
  const auto found = running_.find(pid);
  if (found == running_.end()) return;
  if (status != 0) write(broken(found->second, describe_end(status)));
  running_.erase(found);
}

// In one piece: others write as well. An outcome that can't be written is one that collect() does not find.
bool Crew::write(const Outcome& outcome) {
  using nlohmann::json;
  const std::string line = json(outcome).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return ::write(::fileno(file_.get()), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

void Crew::hand_in(const Outcome& outcome) { ::_exit(write(outcome) ? EXIT_SUCCESS : EXIT_FAILURE); }

void Crew::leave() { ::_exit(EXIT_SUCCESS); }

std::vector<Outcome> Crew::collect() {
  std::rewind(file_.get());
  std::map<std::uint64_t, Outcome> handed_in;
  std::string line;
  for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    // One that was cut short where the disk is full is none, and neither is what stands behind it on its line.
    if (const auto read = nlohmann::json::parse(line, nullptr, false); !read.is_discarded()) {
      auto outcome = read.get<Outcome>();
      handed_in.emplace(outcome.seed, std::move(outcome));
    }
    line.clear();
  }
  std::vector<Outcome> out;
  for (std::uint64_t seed = first_; seed - first_ < seeds_; ++seed) {
    const auto found = handed_in.find(seed);
    out.push_back(found != handed_in.end() ? std::move(found->second) : broken(seed, "the run did not come about"));
  }
  return out;
}

}  // namespace smeg::simulator
