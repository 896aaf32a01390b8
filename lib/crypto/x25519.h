// Curve25519 Diffie-Hellman (RFC 7748).
#pragma once

#include "crypto/keys.h"

namespace smeg::crypto {

// A fresh private key, clamped as RFC 7748 section 5 says.
WgPrivateKey generate_wg_key(KeySource& source);
WgPublicKey wg_public_key(const WgPrivateKey& key);
// Fails (unauthenticated) for a low-order public key, whose shared secret would be all zero.
Result<Secret<32>> x25519(const WgPrivateKey& key, const WgPublicKey& other);

// Whether x25519 would refuse that key, at the price of a few comparisons.
bool is_low_order(const WgPublicKey& key);

}  // namespace smeg::crypto
