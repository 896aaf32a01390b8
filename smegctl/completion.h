// What may come next on a command line, from the table of commands and from what the daemon tells.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "control/control.h"

namespace smeg::ctl {

struct Candidate {
  std::string text;
  std::string help;  // may be empty

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;  // the shell knows those
};

// How the daemon is asked, where that is needed at all: what is found on the command line so far.
struct Whereabouts {
  std::string socket;  // empty: not named
  std::string mesh;
};
// Null where there is no answer: no names then.
using Ask = std::function<std::optional<control::Snapshot>(const Whereabouts&)>;

inline constexpr std::size_t kMostCandidates = 1'000;  // more is nothing to choose from

// words: those behind the program's name up to the cursor; the last one, which may be empty, is to be completed.
// At most kMostCandidates. Never fails: what makes no sense has no continuation.
Completion complete(const CLI::App& root, const std::vector<std::string>& words, const Ask& ask);

// "TEXT<TAB>HELP" a line; ":files" alone where files are meant.
std::string completion_lines(const Completion& completion);

// A script for bash, zsh or fish that has the shell ask `smegctl __complete`; it knows no commands itself.
Result<std::string> completion_script(std::string_view shell);
inline constexpr const char* kCompleteCommand = "__complete";

}  // namespace smeg::ctl
