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

std::uint64_t hash_of(const addr::Prefix& client, std::uint64_t secret) {
  const ByteView bytes = client.address().view();
  if (client.address().is_v4()) return mixed(mixed(load_be<std::uint32_t>(bytes.data()) + secret) + 1);
  return mixed(mixed(load_be<std::uint64_t>(bytes.data()) + secret) + load_be<std::uint64_t>(&bytes[8]));
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

RateLimiter::RateLimiter(unsigned per_second, std::uint64_t secret)
    : per_second_(std::min(per_second, limits::kDnsRateMax)),
      secret_(secret),
      sets_(per_second == 0 ? nullptr : std::make_unique<Set[]>(limits::kDnsRateSets)) {}

RateLimiter::~RateLimiter() = default;

RateLimiter::Client& RateLimiter::find(const addr::Prefix& who, Instant now) {
  Set& set = sets_[hash_of(who, secret_) % limits::kDnsRateSets];
  for (Client& client : set)
    if (client.used && client.who == who) return client;
  Client& oldest = *std::ranges::min_element(
      set, {}, [](const Client& client) { return client.used ? client.seen : Instant::min(); });
  oldest = Client{who, true, false, now, per_second_};
  return oldest;
}

RateLimiter::Verdict RateLimiter::ask(const addr::Prefix& client, Instant now) {
  if (!sets_ || client.address().is_loopback()) return Verdict::pass;
  Client& counted = find(client, now);
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
