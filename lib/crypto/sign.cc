#include "crypto/sign.h"

#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/verdicts.h"

namespace smeg::crypto {
namespace {

struct ExpandedKey {
  ByteArray<crypto_sign_PUBLICKEYBYTES> public_key{};
  ByteArray<crypto_sign_SECRETKEYBYTES> secret_key{};

  explicit ExpandedKey(const Secret<32>& seed) {
    crypto_sign_seed_keypair(public_key.data(), secret_key.data(), seed.expose().data());
  }
  ~ExpandedKey() { wipe(secret_key); }
};

// domain, a zero byte, message: no domain contains a zero byte, so the split is unambiguous.
Bytes with_domain(std::string_view domain, ByteView message) {
  Bytes out;
  out.reserve(domain.size() + 1 + message.size());
  out.insert(out.end(), domain.begin(), domain.end());
  out.push_back(0);
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

}  // namespace

namespace internal {

ByteArray<32> ed25519_public(const Secret<32>& seed) { return ExpandedKey(seed).public_key; }

Signature ed25519_sign(const Secret<32>& seed, std::string_view domain, ByteView message) {
  const ExpandedKey key(seed);
  const Bytes text = with_domain(domain, message);
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, text.data(), text.size(), key.secret_key.data());
  return signature;
}

bool ed25519_verify(const ByteArray<32>& key, std::string_view domain, ByteView message, ByteView signature) {
  return ed25519_check(key, with_domain(domain, message), signature);
}

bool ed25519_check(const ByteArray<32>& key, ByteView text, ByteView signature) {
  if (signature.size() != crypto_sign_BYTES) return false;
  const auto check = [&] {
    return crypto_sign_verify_detached(signature.data(), text.data(), text.size(), key.data()) == 0;
  };
  Verdicts* const known = Verdicts::of_this_thread();
  return known ? known->recall(key, text, signature, check) : check();
}

}  // namespace internal

IdentityPrivateKey derive_identity(const Secret<32>& host_seed, ByteView mesh_id) {
  return IdentityPrivateKey(Secret<32>(keyed_hash<32>(host_seed.expose(), "smegmesh identity 1", {mesh_id})));
}

}  // namespace smeg::crypto
