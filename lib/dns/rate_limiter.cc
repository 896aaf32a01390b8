#include "dns/rate_limiter.h"

#include <algorithm>

#include "dns/limits.h"

namespace smeg::dns {
namespace {

// The finalizer of MurmurHash3, keyed by addition before it: enough for a table whose entries are compared anyway.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}

std::uint64_t network_of(const addr::IpAddress& client) {
  return client.is_v4() ? load_be<std::uint32_t>(client.view().data()) : load_be<std::uint64_t>(client.view().data());
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

RateLimiter::RateLimiter(unsigned per_second, std::uint64_t secret)
    : per_second_(std::min(per_second, limits::kDnsRateMax)),
      secret_(secret),
      sets_(per_second == 0 ? nullptr : std::make_unique<Set[]>(limits::kDnsRateSets)) {}

RateLimiter::~RateLimiter() = default;

RateLimiter::Client& RateLimiter::find(std::uint64_t network, bool v4, Instant now) {
  Set& set = sets_[mixed(mixed(network + secret_) + (v4 ? 1 : 0)) % limits::kDnsRateSets];
  for (Client& client : set)
    if (client.used && client.network == network && client.v4 == v4) return client;
  Client& oldest = *std::ranges::min_element(
      set, {}, [](const Client& client) { return client.used ? client.seen : Instant::min(); });
  oldest = Client{network, true, v4, false, now, per_second_};
  return oldest;
}

RateLimiter::Verdict RateLimiter::ask(const addr::IpAddress& client, Instant now) {
  if (!sets_ || client.is_loopback()) return Verdict::pass;
  Client& counted = find(network_of(client), client.is_v4(), now);
  if (now > counted.seen) {
    counted.left = std::min(per_second_, counted.left + per_second_ * seconds(now - counted.seen));
    counted.seen = now;
  }
  if (counted.left >= 1) {
    counted.left -= 1;
    return Verdict::pass;
  }
  counted.slipped = !counted.slipped;
  return counted.slipped ? Verdict::truncate : Verdict::drop;
}

}  // namespace smeg::dns
