// How much is answered to whom.
#pragma once

#include <array>
#include <memory>

#include "addr/addr.h"

namespace smeg::dns {

// Job: counts answers by client, as client_of() tells them apart, so that nobody is flooded through us with answers
// that it did not ask for, and nobody takes the answers of others. Loopback is not limited: nobody can ask in its name
// from outside. Caller: whoever answers UDP. Single-threaded. Never fails; its memory is fixed, and where more clients
// come than it counts, those who were silent for longest are forgotten. Does not limit TCP, where addresses are proven.
class RateLimiter {
 public:
  enum class Verdict {
    pass,
    truncate,  // over the limit, and one in two: who really asks comes by TCP then
    drop,
  };

  // per_second: answers to each client, as many at once; zero: no limit. At most limits::kDnsRateMax. secret: so that
  // nobody knows who shares a place in the table.
  RateLimiter(unsigned per_second, std::uint64_t secret);
  ~RateLimiter();

  Verdict ask(const addr::Prefix& client, Instant now);

 private:
  static constexpr std::size_t kWays = 4;
  struct Client {
    addr::Prefix who;
    bool used = false;
    bool slipped = false;  // the last one over the limit was told to come by TCP
    Instant seen{};
    double left = 0;  // answers
  };
  using Set = std::array<Client, kWays>;

  Client& find(const addr::Prefix& who, Instant now);

  double per_second_;
  std::uint64_t secret_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace smeg::dns
