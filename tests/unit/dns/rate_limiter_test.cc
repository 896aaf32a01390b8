#include <doctest/doctest.h>

#include <map>
#include <random>

#include "unit/dns/sample.h"

using namespace smeg;
using namespace smeg::dns;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = RateLimiter::Verdict;

namespace {

addr::Prefix outside(const addr::IpAddress& client) { return client_of(client, {}); }

unsigned passed(RateLimiter& limiter, const addr::Prefix& client, Instant now, unsigned asked) {
  unsigned out = 0;
  for (unsigned i = 0; i < asked; ++i) out += limiter.ask(client, now) == Verdict::pass;
  return out;
}

}  // namespace

TEST_CASE("a client gets its answers a second, and as many at once") {
  RateLimiter limiter(10, 1);
  const auto client = outside(ip("192.0.2.1"));
  Instant now{seconds(5)};
  CHECK(passed(limiter, client, now, 100) == 10);
  now += milliseconds(500);
  CHECK(passed(limiter, client, now, 100) == 5);
  now += seconds(100);
  CHECK(passed(limiter, client, now, 100) == 10);
  CHECK(passed(limiter, outside(ip("192.0.2.2")), now, 100) == 10);
}

TEST_CASE("of what is over it, every second one is told to come by TCP") {
  RateLimiter limiter(1, 1);
  const auto client = outside(ip("2001:db8::1"));
  const Instant now{seconds(5)};
  CHECK(limiter.ask(client, now) == Verdict::pass);
  for (int i = 0; i < 5; ++i) {
    CHECK(limiter.ask(client, now) == Verdict::truncate);
    CHECK(limiter.ask(client, now) == Verdict::drop);
  }
}

TEST_CASE("a client of IPv6 is a /64") {
  RateLimiter limiter(10, 1);
  const Instant now{seconds(5)};
  CHECK(passed(limiter, outside(ip("2001:db8::1")), now, 6) == 6);
  CHECK(passed(limiter, outside(ip("2001:db8::ffff:1")), now, 6) == 4);
  CHECK(passed(limiter, outside(ip("2001:db8:0:1::1")), now, 6) == 6);
}

TEST_CASE("in a mesh of this host each member is a client by itself") {
  const std::vector<OwnPlace> own = {{ip("fd00:1:2:3::a"), "smeg0", *addr::Prefix::parse("fd00:1:2:3::/64")}};
  const auto client = [&](const std::string& from) { return client_of(ip(from), own); };
  RateLimiter limiter(10, 1);
  const Instant now{seconds(5)};
  CHECK(passed(limiter, client("fd00:1:2:3::b"), now, 100) == 10);
  CHECK(passed(limiter, client("fd00:1:2:3::c"), now, 100) == 10);
  CHECK(passed(limiter, client("fd00:1:2:3::"), now, 100) == 10);
  // Of other networks nobody says whose the addresses are.
  CHECK(passed(limiter, client("fd00:1:2:4::b"), now, 100) == 10);
  CHECK(passed(limiter, client("fd00:1:2:4::c"), now, 100) == 0);
}

TEST_CASE("loopback is not limited, and zero is no limit") {
  RateLimiter limiter(1, 1);
  const Instant now{seconds(5)};
  CHECK(passed(limiter, outside(ip("::1")), now, 1'000) == 1'000);
  CHECK(passed(limiter, outside(ip("127.0.0.1")), now, 1'000) == 1'000);
  RateLimiter none(0, 1);
  CHECK(passed(none, outside(ip("192.0.2.1")), now, 1'000) == 1'000);
}

TEST_CASE("a flood from everywhere takes no memory, and the newest are counted") {
  RateLimiter limiter(10, 1);
  std::minstd_rand random(7);
  Instant now{seconds(5)};
  for (int i = 0; i < 200'000; ++i) {
    now += std::chrono::microseconds(10);
    ByteArray<4> bytes;
    store_be(bytes.data(), static_cast<std::uint32_t>(random()));
    limiter.ask(outside(addr::IpAddress::v4(bytes)), now);
  }
  CHECK(passed(limiter, outside(ip("192.0.2.1")), now, 100) == 10);
  CHECK(passed(limiter, outside(ip("192.0.2.1")), now, 100) == 0);
}

// The twin has a bucket for each client, in thousandths of an answer and milliseconds.
TEST_CASE("it says what exact buckets say") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::minstd_rand random(seed);
    RateLimiter limiter(20, seed);
    struct Bucket {
      std::int64_t left = 20'000;
      Instant seen{};
    };
    std::map<addr::Prefix, Bucket> twin;
    Instant now{seconds(5)};
    for (int i = 0; i < 2'000; ++i) {
      now += milliseconds(random() % 20);
      const auto client = outside(ip("192.0.2." + std::to_string(random() % 3)));
      Bucket& bucket = twin.try_emplace(client, Bucket{20'000, now}).first->second;
      const auto passed_ms = std::chrono::duration_cast<milliseconds>(now - bucket.seen).count();
      bucket.left = std::min<std::int64_t>(20'000, bucket.left + 20 * passed_ms);
      bucket.seen = now;
      // Where the twin is at the edge, rounding decides.
      const bool edge = std::abs(bucket.left - 1'000) < 1;
      const bool pass = limiter.ask(client, now) == Verdict::pass;
      if (!edge) CHECK(pass == (bucket.left >= 1'000));
      if (pass) bucket.left -= 1'000;
    }
  }
}
