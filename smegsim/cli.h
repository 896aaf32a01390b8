// The command line of smegsim.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace smeg::simulator {

// Exit statuses that scripts may depend on.
inline constexpr int kDone = 0;
inline constexpr int kComplaints = 1;
inline constexpr int kWrongUsage = 2;

// What a command line finds around it; main() gives the real ones.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
};

// Runs one command line, without the program's name, and returns the exit status.
int run(const std::vector<std::string>& arguments, const Surroundings& around);

}  // namespace smeg::simulator
