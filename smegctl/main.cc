// smegctl: steers the local smegd through its control socket.
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "cli.h"
#include "io/io.h"
#include "process.h"
#include "terminal.h"

int main(int count, char** values) {
  using namespace smeg;
  // Tokens and passphrases pass through here: no core dump, no peeking by other programs of this user.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  io::OsKeySource secrets;
  const ctl::Surroundings around{std::cout,
                                 std::cerr,
                                 std::cin,
                                 [](const std::string& name) -> std::optional<std::string> {
                                   const char* value = std::getenv(name.c_str());
                                   return value ? std::optional<std::string>(value) : std::nullopt;
                                 },
                                 ctl::ask_secret,
                                 [] {
                                   const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
                                   return WallTime(std::chrono::floor<std::chrono::milliseconds>(since_epoch));
                                 },
                                 secrets,
                                 ::isatty(STDOUT_FILENO) == 1,
                                 ctl::run_program,
                                 {},
                                 ::isatty(STDERR_FILENO) == 1,
                                 ctl::terminal_rows,
                                 ctl::output_of};
  return ctl::run(std::vector<std::string>(values + 1, values + count), around);
}
