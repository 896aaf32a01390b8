#include "log.h"

#include <fmt/format.h>

#include <cstdio>

namespace smeg::nameserver {

void log(const std::string& line) { fmt::print(stderr, "smeg-dns: {}\n", line); }

void log(const std::string& what, const Error& error) {
  log(what + ": " + error.message + (error.hint.empty() ? "" : " (" + error.hint + ")"));
}

}  // namespace smeg::nameserver
