#include "crypto/x25519.h"

#include <sodium.h>

namespace smeg::crypto {

WgPrivateKey generate_wg_key(KeySource& source) {
  WgPrivateKey key(source.bytes<32>());
  const MutableByteView bytes = key.mutable_bytes();
  bytes[0] &= 248;
  bytes[31] = static_cast<std::uint8_t>((bytes[31] & 127) | 64);
  return key;
}

WgPublicKey wg_public_key(const WgPrivateKey& key) {
  WgPublicKey out;
  crypto_scalarmult_base(out.bytes.data(), key.expose().data());
  return out;
}

Result<Secret<32>> x25519(const WgPrivateKey& key, const WgPublicKey& other) {
  Secret<32> shared;
  if (crypto_scalarmult(shared.mutable_bytes().data(), key.expose().data(), other.bytes.data()) != 0)
    return fail(Code::unauthenticated, "a public key of low order");
  return shared;
}

}  // namespace smeg::crypto
