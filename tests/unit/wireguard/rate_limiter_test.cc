#include "wireguard/rate_limiter.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

TEST_CASE("five at once, then twenty a second") {
  RateLimiter limiter;
  const auto source = ip("192.0.2.1");
  for (int i = 0; i < 5; ++i) CHECK(limiter.allow(source, kStart));
  CHECK(!limiter.allow(source, kStart));
  CHECK(!limiter.allow(source, kStart + 50ms - 1ns));
  CHECK(limiter.allow(source, kStart + 50ms));
  int allowed = 0;
  for (int i = 1; i <= 1'000; ++i) allowed += limiter.allow(source, kStart + 50ms + i * 1ms) ? 1 : 0;
  CHECK(allowed == 20);
}

TEST_CASE("IPv4 addresses are apart, IPv6 addresses of one /64 are not") {
  RateLimiter limiter;
  for (int i = 0; i < 5; ++i) CHECK(limiter.allow(ip("192.0.2.1"), kStart));
  CHECK(limiter.allow(ip("192.0.2.2"), kStart));
  for (int i = 0; i < 5; ++i) CHECK(limiter.allow(ip("2001:db8::" + std::to_string(i)), kStart));
  CHECK(!limiter.allow(ip("2001:db8::ffff:1"), kStart));
  CHECK(limiter.allow(ip("2001:db8:0:1::1"), kStart));
}

TEST_CASE("the table has its limit, and the silent are forgotten") {
  RateLimiter limiter;
  const auto source = [](std::size_t i) {
    ByteArray<4> bytes;
    store_be(bytes.data(), static_cast<std::uint32_t>(0x0a000000 + i));
    return addr::IpAddress::v4(bytes);
  };
  for (std::size_t i = 0; i < limits::kRateLimitedSources; ++i) CHECK(limiter.allow(source(i), kStart));
  CHECK(!limiter.allow(ip("192.0.2.1"), kStart));
  CHECK(limiter.allow(source(0), kStart));
  CHECK(limiter.size() == limits::kRateLimitedSources);
  CHECK(limiter.allow(ip("192.0.2.1"), kStart + 1s));
  CHECK(limiter.size() == 1);
}

}  // namespace
}  // namespace smeg::wireguard
