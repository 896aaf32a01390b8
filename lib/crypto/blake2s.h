// BLAKE2s (RFC 7693) and the HMAC and HKDF that WireGuard builds from it (WireGuard paper, section 5.4).
#pragma once

#include <initializer_list>

#include "crypto/secret.h"

namespace smeg::crypto {

using Blake2sHash = ByteArray<32>;

Blake2sHash blake2s(std::initializer_list<ByteView> parts);
// Keyed BLAKE2s with 16 bytes of output; the key is 1 to 32 bytes long.
ByteArray<16> blake2s_mac(ByteView key, std::initializer_list<ByteView> parts);
Blake2sHash hmac_blake2s(ByteView key, std::initializer_list<ByteView> parts);

// HKDF with 1, 2 or 3 outputs.
std::array<Secret<32>, 1> blake2s_kdf1(ByteView key, ByteView input);
std::array<Secret<32>, 2> blake2s_kdf2(ByteView key, ByteView input);
std::array<Secret<32>, 3> blake2s_kdf3(ByteView key, ByteView input);

}  // namespace smeg::crypto
