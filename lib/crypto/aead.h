// ChaCha20-Poly1305 (RFC 8439) with WireGuard's 64-bit counter nonce, single and in batches, and XChaCha20-Poly1305 for
// cookies. The implementation is chosen once, at the first use, from what the processor offers.
#pragma once

#include <span>

#include "crypto/secret.h"

namespace smeg::crypto {

inline constexpr std::size_t kAeadTagBytes = 16;
using AeadKey = Secret<32>;

// The nonce is 32 zero bits and the counter, little-endian (WireGuard paper, section 5.4.6). in and out may be the same
// memory; out is in.size() + kAeadTagBytes long.
void aead_seal(const AeadKey& key, std::uint64_t counter, ByteView associated, ByteView in, MutableByteView out);
// False where the tag does not fit; out, in.size() - kAeadTagBytes long, then holds nothing of use. May be in place.
[[nodiscard]] bool aead_open(const AeadKey& key, std::uint64_t counter, ByteView associated, ByteView in,
                             MutableByteView out);

// One packet of a batch: in place, plaintext at data[0, size) and kAeadTagBytes of room behind it (seal), or ciphertext
// with its tag in data[0, size) (open; ok says whether it was authentic). No associated data.
struct AeadItem {
  const AeadKey* key = nullptr;
  std::uint64_t counter = 0;
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
  bool ok = false;
};
void aead_seal_batch(std::span<AeadItem> items);
void aead_open_batch(std::span<AeadItem> items);

// XChaCha20-Poly1305 with a 24-byte nonce.
void xaead_seal(const AeadKey& key, const ByteArray<24>& nonce, ByteView associated, ByteView in, MutableByteView out);
[[nodiscard]] bool xaead_open(const AeadKey& key, const ByteArray<24>& nonce, ByteView associated, ByteView in,
                              MutableByteView out);

}  // namespace smeg::crypto
