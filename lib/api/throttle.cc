#include "api/throttle.h"

#include <algorithm>

namespace smeg::api {

Throttle::Throttle(unsigned per_second, unsigned at_once)
    : each_(std::chrono::duration_cast<Duration>(std::chrono::seconds(1)) / per_second), room_(each_ * at_once) {}

Duration Throttle::wait(const std::string& name, Instant now) {
  const auto known = full_at_.find(name);
  const Instant full = std::max(known == full_at_.end() ? now : known->second, now) + each_;
  if (full - now > room_) return full - now - room_;
  full_at_[name] = full;
  return Duration::zero();
}

}  // namespace smeg::api
