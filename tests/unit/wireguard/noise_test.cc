#include "wireguard/noise.h"

#include <doctest/doctest.h>

#include <algorithm>

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

crypto::WgPrivateKey private_key(std::string_view hex) {
  return crypto::WgPrivateKey(*crypto::Secret<32>::from(*crypto::from_hex(hex)));
}

// The published vector of Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s (cacophony's, as used by the Noise implementations).
TEST_CASE("the states of both sides reproduce the published Noise vector") {
  const Identity initiator =
      Identity::from(private_key("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1"));
  const Identity responder =
      Identity::from(private_key("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893"));
  const Identity initiator_ephemeral =
      Identity::from(private_key("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"));
  const Identity responder_ephemeral =
      Identity::from(private_key("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"));
  const crypto::PresharedKey preshared(*crypto::Secret<32>::from(as_bytes("This is my Austrian perspective!")));
  CHECK(crypto::to_hex(responder.public_key.bytes) ==
        "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62");

  NoiseState state("John Galt", responder.public_key);
  const auto shared = [](const Identity& a, const Identity& b) {
    return crypto::x25519(a.private_key, b.public_key)->expose();
  };
  const auto seal = [&](const crypto::AeadKey& key, ByteView plain) {
    Bytes sealed(plain.size() + kTagBytes);
    state.seal(key, plain, sealed);
    return crypto::to_hex(sealed);
  };
  // -> e, es, s, ss
  state.mix_key(initiator_ephemeral.public_key.bytes);
  state.mix_hash(initiator_ephemeral.public_key.bytes);
  std::string first = crypto::to_hex(initiator_ephemeral.public_key.bytes);
  first += seal(state.mix_key_for_message(shared(initiator_ephemeral, responder)), initiator.public_key.bytes);
  first += seal(state.mix_key_for_message(shared(initiator, responder)), as_bytes("Ludwig von Mises"));
  CHECK(first ==
        "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944001e21de9f98ddd8e2ad57527207feb56253c9c94a9e49"
        "6782ecfcb2a75fbcaf1b52948cc48daefe660c62119ab5000980c84831215f2441eba616548e832985464cf17e51ee93109008399a21f7"
        "e13f");
  // <- e, ee, se, psk
  state.mix_key(responder_ephemeral.public_key.bytes);
  state.mix_hash(responder_ephemeral.public_key.bytes);
  state.mix_key(shared(responder_ephemeral, initiator_ephemeral));
  state.mix_key(shared(responder_ephemeral, initiator));
  std::string second = crypto::to_hex(responder_ephemeral.public_key.bytes);
  second += seal(state.mix_preshared_key(preshared), as_bytes("Murray Rothbard"));
  CHECK(second ==
        "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843cb765f2caef0751b8f007572dab0322217755c0632f365"
        "717edbf34d33e87a");

  const auto [to_responder, to_initiator] = state.split();
  // The transcript's hash, which a state shows only by what it seals next: it is the associated data.
  const auto handshake_hash = *crypto::from_hex("f5191b875290abcd41347ac3622d9679688a7e980229cb937ef748336cfde0e5");
  Bytes expected_tag(kTagBytes);
  crypto::aead_seal(to_responder, 0, handshake_hash, {}, expected_tag);
  CHECK(seal(to_responder, {}) == crypto::to_hex(expected_tag));
  const auto transport = [](const crypto::AeadKey& key, std::uint64_t counter, std::string_view text) {
    Bytes sealed(text.size() + kTagBytes);
    crypto::aead_seal(key, counter, {}, as_bytes(text), sealed);
    return crypto::to_hex(sealed);
  };
  CHECK(transport(to_responder, 0, "F. A. Hayek") == "8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7");
  CHECK(transport(to_initiator, 0, "Carl Menger") == "07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef");
  CHECK(transport(to_responder, 1, "Jean-Baptiste Say") ==
        "6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d");
  CHECK(transport(to_initiator, 1, "Eugen B\xf6hm von Bawerk") ==
        "dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80ebc7a4c292");
}

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
  const auto holds = [&](const auto& part) {
    return std::search(first.begin(), first.end(), part.begin(), part.end()) != first.end();
  };
  CHECK(!holds(f.a.public_key.bytes));
  CHECK(!holds(f.timestamp.bytes));
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
