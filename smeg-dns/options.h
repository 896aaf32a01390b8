// How smeg-dns is called.
#pragma once

#include <string>
#include <vector>

#include "addr/addr.h"
#include "dns/dns.h"

namespace smeg::nameserver {

struct Options {
  std::vector<addr::Endpoint> listen;  // loopback alone, unless others are to ask
  dns::Name zone;
  std::string socket;
  std::uint32_t ttl = 10;  // seconds
  bool members = false;    // answer the name servers of members too, at this host's addresses in its meshes
  unsigned rate = 1'000;   // answers a second to one client by UDP; zero: no limit
};

// What smegctl and systemd know: 0 orderly end, 1 refused, 2 wrong usage.
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;

// Runs until SIGTERM or SIGINT; the exit status.
int run(const Options& options);

}  // namespace smeg::nameserver
