#include "wireguard/rate_limiter.h"

namespace smeg::wireguard {
namespace {

constexpr Duration kCost = std::chrono::nanoseconds(std::chrono::seconds(1)) / kInitiationsPerSecond;
constexpr Duration kFull = kCost * kInitiationsBurst;
constexpr auto kForgottenAfter = std::chrono::seconds(1);
static_assert(kForgottenAfter >= kFull, "a bucket that is forgotten must be full");

addr::IpAddress network_of(const addr::IpAddress& source) {
  return source.is_v4() ? source : addr::Prefix(source, 64).address();
}

}  // namespace

bool RateLimiter::allow(const addr::IpAddress& source, Instant now) {
  const addr::IpAddress network = network_of(source);
  auto at = buckets_.find(network);
  if (at == buckets_.end()) {
    if (!make_room(now)) return false;
    at = buckets_.emplace(network, Bucket{kFull, now}).first;
  }
  Bucket& bucket = at->second;
  bucket.credit = std::min(kFull, bucket.credit + (now - bucket.last));
  bucket.last = now;
  if (bucket.credit < kCost) return false;
  bucket.credit -= kCost;
  return true;
}

bool RateLimiter::make_room(Instant now) {
  if (buckets_.size() < limits::kRateLimitedSources) return true;
  if (now < next_sweep_) return false;
  next_sweep_ = now + kForgottenAfter;
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.last + kForgottenAfter <= now; });
  return buckets_.size() < limits::kRateLimitedSources;
}

}  // namespace smeg::wireguard
