#include "crypto/sign.h"

#include <doctest/doctest.h>

#include "crypto/encoding.h"

namespace smeg::crypto {
namespace {

// RFC 8032 section 7.1, test 1: the seed and its public key.
const IdentityPrivateKey kKey(
    *Secret<32>::from(*from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));

TEST_CASE("the public key of a seed") {
  CHECK(to_hex(signing_public_key(kKey).bytes) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST_CASE("a signature is good for one key, domain and message") {
  const auto key = signing_public_key(kKey);
  const Signature signature = sign(kKey, "domain 1", as_bytes("message"));
  CHECK(verify(key, "domain 1", as_bytes("message"), signature));
  CHECK(!verify(key, "domain 2", as_bytes("message"), signature));
  CHECK(!verify(key, "domain 1", as_bytes("massage"), signature));
  CHECK(!verify(key, "domain ", as_bytes("1message"), signature));
  CHECK(!verify(signing_public_key(IdentityPrivateKey()), "domain 1", as_bytes("message"), signature));
  for (std::size_t at = 0; at < signature.size(); ++at) {
    Signature changed = signature;
    changed[at] ^= 1;
    CHECK(!verify(key, "domain 1", as_bytes("message"), changed));
  }
}

TEST_CASE("a signature of a wrong length, or by a key of low order, is none") {
  const auto key = signing_public_key(kKey);
  const Signature signature = sign(kKey, "domain 1", as_bytes("message"));
  CHECK(!verify(key, "domain 1", as_bytes("message"), ByteView(signature).first(63)));
  CHECK(!verify(key, "domain 1", as_bytes("message"), {}));
  Bytes longer = to_bytes(signature);
  longer.push_back(0);
  CHECK(!verify(key, "domain 1", as_bytes("message"), longer));
  IdentityKey low;
  low.bytes[0] = 1;  // the neutral element, for which an all-zero scalar would verify
  Signature forged{};
  forged[0] = 1;
  CHECK(!verify(low, "domain 1", as_bytes("message"), forged));
}

TEST_CASE("a host has another identity in each mesh, and always the same one") {
  const Secret<32> seed(ByteArray<32>{1, 2, 3});
  const Bytes first(20, 1);
  const Bytes second(20, 2);
  CHECK(derive_identity(seed, first) == derive_identity(seed, first));
  CHECK(!(derive_identity(seed, first) == derive_identity(seed, second)));
  CHECK(!(derive_identity(seed, first) == derive_identity(Secret<32>(), first)));
}

}  // namespace
}  // namespace smeg::crypto
