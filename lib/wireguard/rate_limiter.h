// How often one source may have a handshake message looked at under load.
#pragma once

#include <unordered_map>

#include "addr/addr.h"
#include "wireguard/constants.h"

namespace smeg::wireguard {

// A token bucket for each IPv4 address or IPv6 /64: kInitiationsPerSecond after a burst of kInitiationsBurst. To be
// asked only for sources that have proven by a cookie that they are theirs, so that nobody spends another's tokens. At
// most limits::kRateLimitedSources at a time: those silent for a second are forgotten, and where that doesn't help
// newcomers are refused. Single-threaded, never fails.
class RateLimiter {
 public:
  [[nodiscard]] bool allow(const addr::IpAddress& source, Instant now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    Duration credit;
    Instant last;
  };
  bool make_room(Instant now);

  std::unordered_map<addr::IpAddress, Bucket> buckets_;
  Instant next_sweep_ = Instant::min();
};

}  // namespace smeg::wireguard
