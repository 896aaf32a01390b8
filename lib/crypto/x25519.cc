#include "crypto/x25519.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace smeg::crypto {
namespace {

using Coordinate = ByteArray<32>;

// Little-endian, as keys are: the first byte, thirty times the middle one, the last.
constexpr Coordinate coordinate(std::uint8_t first, std::uint8_t middle, std::uint8_t last) {
  Coordinate out{};
  for (auto& byte : out) byte = middle;
  out.front() = first;
  out.back() = last;
  return out;
}

// The u-coordinates of Curve25519's points of order 1, 2, 4 and 8 and of its twist's, below 2^255: 0, 1, the two of
// order 8, and p - 1, p, p + 1 with p = 2^255 - 19.
constexpr std::array<Coordinate, 7> kLowOrder = {{
    coordinate(0, 0, 0),
    coordinate(1, 0, 0),
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    coordinate(0xec, 0xff, 0x7f),
    coordinate(0xed, 0xff, 0x7f),
    coordinate(0xee, 0xff, 0x7f),
}};

}  // namespace

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

bool is_low_order(const WgPublicKey& key) {
  Coordinate u = key.bytes;
  u.back() &= 0x7f;  // RFC 7748 section 5: the last bit of a key is not looked at
  return std::ranges::find(kLowOrder, u) != kLowOrder.end();
}

}  // namespace smeg::crypto
