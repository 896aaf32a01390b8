#include "wireguard/cookie.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

struct Fixture {
  SeededKeys keys{3};
  crypto::WgPublicKey self = crypto::wg_public_key(crypto::generate_wg_key(keys));
  CookieChecker checker{self, keys};
  CookieJar jar{self};
  addr::Endpoint from = endpoint("192.0.2.1:1000");
  Bytes message = encode(Initiation{.sender = 9, .ephemeral = {1}});

  CookieReply reply(Instant now) { return checker.make_reply(message, 9, from, now); }
};

TEST_CASE("mac1 shows that the sender knows our key") {
  Fixture f;
  CHECK(!f.checker.mac1_fits(f.message));
  f.jar.stamp(f.message, kStart);
  CHECK(f.checker.mac1_fits(f.message));
  f.message[20] ^= 1;
  CHECK(!f.checker.mac1_fits(f.message));
  f.message[20] ^= 1;
  CookieJar(crypto::WgPublicKey{}).stamp(f.message, kStart);
  CHECK(!f.checker.mac1_fits(f.message));
}

TEST_CASE("mac2 is zero without a cookie, and fits with one") {
  Fixture f;
  f.jar.stamp(f.message, kStart);
  CHECK(std::ranges::all_of(ByteView(f.message).last(16), [](auto byte) { return byte == 0; }));
  CHECK(!f.checker.mac2_fits(f.message, f.from, kStart));
  REQUIRE(f.jar.accept(f.reply(kStart), kStart));
  f.jar.stamp(f.message, kStart);
  CHECK(f.checker.mac1_fits(f.message));
  CHECK(f.checker.mac2_fits(f.message, f.from, kStart));
}

TEST_CASE("a cookie belongs to an address and a port") {
  Fixture f;
  f.jar.stamp(f.message, kStart);
  REQUIRE(f.jar.accept(f.reply(kStart), kStart));
  f.jar.stamp(f.message, kStart);
  CHECK(!f.checker.mac2_fits(f.message, endpoint("192.0.2.1:1001"), kStart));
  CHECK(!f.checker.mac2_fits(f.message, endpoint("192.0.2.2:1000"), kStart));
}

TEST_CASE("a cookie is used for 115 s, and accepted for as long as its secret lives") {
  Fixture f;
  f.jar.stamp(f.message, kStart);
  REQUIRE(f.jar.accept(f.reply(kStart), kStart));
  f.jar.stamp(f.message, kStart + 115s - 1ns);
  CHECK(f.checker.mac2_fits(f.message, f.from, kStart + 120s - 1ns));
  CHECK(!f.checker.mac2_fits(f.message, f.from, kStart + 120s));
  f.jar.stamp(f.message, kStart + 115s);
  CHECK(std::ranges::all_of(ByteView(f.message).last(16), [](auto byte) { return byte == 0; }));
}

TEST_CASE("a cookie reply must fit the last message, once") {
  Fixture f;
  CHECK(!f.jar.accept(f.reply(kStart), kStart));  // nothing was sent
  f.jar.stamp(f.message, kStart);
  const CookieReply reply = f.reply(kStart);
  CookieReply changed = reply;
  changed.sealed_cookie[3] ^= 1;
  CHECK(!f.jar.accept(changed, kStart));
  CHECK(f.jar.accept(reply, kStart));
  CHECK(!f.jar.accept(reply, kStart));
  Bytes other = encode(Initiation{.sender = 10});
  f.jar.stamp(other, kStart);
  CHECK(!f.jar.accept(reply, kStart));
}

}  // namespace
}  // namespace smeg::wireguard
