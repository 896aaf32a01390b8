// People with keys and certificates, for the tests of sessions.
#pragma once

#include "crypto/crypto.h"

namespace smeg::io {

struct Person {
  crypto::IdentityPrivateKey key;
  Bytes certificate;  // self-signed

  explicit Person(std::uint8_t number) {
    ByteArray<32> seed{};
    seed[0] = number;
    key = crypto::IdentityPrivateKey(crypto::Secret<32>(seed));
    const auto name = crypto::to_base32(crypto::signing_public_key(key).view());
    certificate = crypto::make_x509(
        {name, name, 1, crypto::signing_public_key(key).bytes, std::nullopt, to_bytes("rights")}, key);
  }
};

inline MeshId mesh_number(std::uint8_t number) {
  MeshId mesh;
  mesh.bytes[19] = number;
  return mesh;
}

}  // namespace smeg::io
