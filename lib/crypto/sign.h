// Ed25519 (RFC 8032). Every signature is over a domain as well as a message, so that one made for one purpose never
// counts for another.
#pragma once

#include "crypto/keys.h"

namespace smeg::crypto {

using Signature = ByteArray<64>;

namespace internal {
ByteArray<32> ed25519_public(const Secret<32>& seed);
Signature ed25519_sign(const Secret<32>& seed, std::string_view domain, ByteView message);
bool ed25519_verify(const ByteArray<32>& key, std::string_view domain, ByteView message, ByteView signature);
// text: just as it was signed.
bool ed25519_check(const ByteArray<32>& key, ByteView text, ByteView signature);
}  // namespace internal

template <class Tag>
PublicKey<Tag> signing_public_key(const PrivateKey<Tag>& key) {
  return {internal::ed25519_public(key)};
}
// domain is a short constant of ours, such as "smegmesh member record 1".
template <class Tag>
Signature sign(const PrivateKey<Tag>& key, std::string_view domain, ByteView message) {
  return internal::ed25519_sign(key, domain, message);
}
// False for a signature of any wrong length, a wrong key, a low-order key or a changed message.
template <class Tag>
bool verify(const PublicKey<Tag>& key, std::string_view domain, ByteView message, ByteView signature) {
  return internal::ed25519_verify(key.bytes, domain, message, signature);
}

// The identity key of a host in one mesh, from the host's one secret seed and the mesh id. Two meshes can't tell that
// their keys are of one host.
IdentityPrivateKey derive_identity(const Secret<32>& host_seed, ByteView mesh_id);

}  // namespace smeg::crypto
