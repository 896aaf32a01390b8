#include "crypto/x25519.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "crypto/encoding.h"

namespace smeg::crypto {
namespace {

WgPrivateKey private_key(std::string_view hex) { return WgPrivateKey(*Secret<32>::from(*from_hex(hex))); }
WgPublicKey public_key(std::string_view hex) { return *WgPublicKey::from(*from_hex(hex)); }
std::string shared(const WgPrivateKey& key, const WgPublicKey& other) { return to_hex(x25519(key, other)->expose()); }

class ConstantSource final : public KeySource {
 public:
  explicit ConstantSource(std::uint8_t value) : value_(value) {}
  void fill(MutableByteView out) override { std::ranges::fill(out, value_); }

 private:
  std::uint8_t value_;
};

TEST_CASE("RFC 7748 section 5.2: single steps") {
  CHECK(shared(private_key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
               public_key("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")) ==
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  CHECK(shared(private_key("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
               public_key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")) ==
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST_CASE("RFC 7748 section 5.2: a thousand steps") {
  ByteArray<32> k{9};
  ByteArray<32> u{9};
  for (int i = 0; i < 1'000; ++i) {
    const auto next = x25519(WgPrivateKey(k), WgPublicKey{u});
    u = k;
    k = next->expose();
    if (i == 0) CHECK(to_hex(k) == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  CHECK(to_hex(k) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST_CASE("RFC 7748 section 6.1: Diffie-Hellman") {
  const auto alice = private_key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const auto bob = private_key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  CHECK(wg_public_key(alice) == public_key("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  CHECK(wg_public_key(bob) == public_key("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
  CHECK(shared(alice, wg_public_key(bob)) == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  CHECK(shared(bob, wg_public_key(alice)) == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

constexpr std::array<std::string_view, 7> kLowOrder = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

TEST_CASE("low-order points are refused") {
  const auto key = private_key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  for (const std::string_view low : kLowOrder) {
    const auto refused = x25519(key, public_key(low));
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::unauthenticated);
  }
}

TEST_CASE("a low-order key is known by its looks just where a handshake with it fails") {
  const auto key = private_key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  const auto check = [&](WgPublicKey point) {
    for (const std::uint8_t last : {std::uint8_t{0}, std::uint8_t{0x80}}) {
      point.bytes.back() ^= last;
      CHECK(is_low_order(point) == !x25519(key, point));
    }
  };
  for (const std::string_view low : kLowOrder) {
    WgPublicKey point = public_key(low);
    CHECK(is_low_order(point));
    check(point);
    for (const std::size_t byte : {0, 1, 15, 30, 31}) {  // its neighbours
      point.bytes[byte] ^= 4;
      CHECK_FALSE(is_low_order(point));
      check(point);
      point.bytes[byte] ^= 4;
    }
  }
}

TEST_CASE("generated keys are clamped") {
  for (const std::uint8_t fill : {std::uint8_t{0}, std::uint8_t{255}}) {
    ConstantSource source(fill);
    const auto key = generate_wg_key(source).expose();
    CHECK((key[0] & 7) == 0);
    CHECK((key[31] & 128) == 0);
    CHECK((key[31] & 64) == 64);
  }
}

}  // namespace
}  // namespace smeg::crypto
