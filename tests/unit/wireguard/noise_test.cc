#include "wireguard/noise.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

struct Fixture {
  SeededKeys keys{7};
  Identity a = Identity::from(crypto::generate_wg_key(keys));
  Identity b = Identity::from(crypto::generate_wg_key(keys));
  crypto::Secret<32> static_static = *crypto::x25519(a.private_key, b.public_key);
  Timestamp timestamp = Timestamp::from_unix(1'700'000'000s);
  crypto::PresharedKey preshared{keys.bytes<32>()};

  Initiator start() { return *Initiator::start(a, b.public_key, static_static, timestamp, 1, keys); }
  Responder::Answer answer(const Initiation& message, const crypto::PresharedKey& key) {
    auto responder = Responder::open(message, b);
    REQUIRE(responder);
    CHECK(responder->remote() == a.public_key);
    CHECK(responder->open_timestamp(message, static_static) == timestamp);
    return *responder->respond(key, 2, keys);
  }
};

TEST_CASE("both sides get the same two keys, crosswise") {
  Fixture f;
  const Initiator initiator = f.start();
  const auto answer = f.answer(initiator.message(), f.preshared);
  CHECK(answer.message.receiver == 1);
  CHECK(answer.message.sender == 2);
  const auto keys = initiator.finish(answer.message, f.a, f.preshared);
  REQUIRE(keys);
  CHECK(keys->sending == answer.keys.receiving);
  CHECK(keys->receiving == answer.keys.sending);
  CHECK(!(keys->sending == keys->receiving));
}

TEST_CASE("the static key and the time are not in the clear, and no two initiations are alike") {
  Fixture f;
  const Bytes first = encode(f.start().message());
  CHECK(std::ranges::search(first, f.a.public_key.bytes).empty());
  CHECK(std::ranges::search(first, f.timestamp.bytes).empty());
  CHECK(encode(f.start().message()) != first);
}

TEST_CASE("another pre-shared key, static key or message is noticed") {
  Fixture f;
  const Initiator initiator = f.start();
  const auto answer = f.answer(initiator.message(), f.preshared);
  CHECK(!initiator.finish(answer.message, f.a, {}));
  CHECK(!initiator.finish(answer.message, f.b, f.preshared));
  for (std::size_t at = 0; at < 16; ++at) {
    Response changed = answer.message;
    changed.sealed_nothing[at] ^= 1;
    CHECK(!initiator.finish(changed, f.a, f.preshared));
  }
  Response other_ephemeral = answer.message;
  other_ephemeral.ephemeral[5] ^= 1;
  CHECK(!initiator.finish(other_ephemeral, f.a, f.preshared));
  CHECK(initiator.finish(answer.message, f.a, f.preshared));  // forgeries did no harm
}

TEST_CASE("an initiation for somebody else, or a changed one, doesn't open") {
  Fixture f;
  const Initiation message = f.start().message();
  CHECK(!Responder::open(message, f.a));
  for (std::size_t at = 0; at < message.sealed_static.size(); ++at) {
    Initiation changed = message;
    changed.sealed_static[at] ^= 1;
    CHECK(!Responder::open(changed, f.b));
  }
  for (std::size_t at = 0; at < message.sealed_timestamp.size(); ++at) {
    Initiation changed = message;
    changed.sealed_timestamp[at] ^= 1;
    CHECK(!Responder::open(changed, f.b)->open_timestamp(changed, f.static_static));
  }
}

TEST_CASE("low-order keys are refused wherever they come in") {
  Fixture f;
  // The points of order 1, 2, 4 and 8 of Curve25519 that fit a field element (RFC 7748 section 7).
  for (const std::string_view hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                                     "0100000000000000000000000000000000000000000000000000000000000000",
                                     "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                     "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    CAPTURE(hex);
    const auto low = *crypto::WgPublicKey::from(*crypto::from_hex(hex));
    CHECK(!Initiator::start(f.a, low, f.static_static, f.timestamp, 1, f.keys));
    Initiation initiation = f.start().message();
    initiation.ephemeral = low.bytes;
    CHECK(!Responder::open(initiation, f.b));
    const Initiator initiator = f.start();
    Response response = f.answer(initiator.message(), f.preshared).message;
    response.ephemeral = low.bytes;
    CHECK(!initiator.finish(response, f.a, f.preshared));
  }
}

}  // namespace
}  // namespace smeg::wireguard
