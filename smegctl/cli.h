// The command line of smegctl.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "control/control.h"

namespace smeg::ctl {

// Exit statuses that scripts may depend on.
inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kNoDaemon = 3;

// What a command line finds around it; main() gives the real ones.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  // The value of a variable of the environment.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // A line typed at the terminal without echo.
  std::function<Result<control::SecretText>(const std::string& prompt)> ask_secret;
  std::function<WallTime()> now;
  KeySource& secrets;
  bool out_is_terminal = false;
  // Runs a program, without a shell, and waits for its end; fails with what it said.
  std::function<Result<void>(const std::vector<std::string>& words)> run_program = {};
  std::string root = {};  // before the paths of other programs' files; empty but in tests
  bool err_is_terminal = false;
  std::function<std::size_t()> terminal_rows = {};  // of the terminal that out is
  // What a program prints, likewise without a shell; fails with what it said.
  std::function<Result<std::string>(const std::vector<std::string>& words)> output_of = {};
};

// Runs one command line, without the program's name, and returns the exit status.
int run(const std::vector<std::string>& arguments, const Surroundings& around);

}  // namespace smeg::ctl
