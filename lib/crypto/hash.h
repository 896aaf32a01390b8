// BLAKE2b (RFC 7693) with domain separation.
#pragma once

#include <initializer_list>

#include "base/base.h"

namespace smeg::crypto {

namespace internal {
void blake2b(MutableByteView out, ByteView key, std::string_view domain, std::span<const ByteView> parts);
}

// Domain and each part go in behind their lengths, so that no two lists of parts hash alike. N is 16 to 64.
template <std::size_t N>
ByteArray<N> hash(std::string_view domain, std::initializer_list<ByteView> parts) {
  static_assert(N >= 16 && N <= 64);
  ByteArray<N> out;
  internal::blake2b(out, {}, domain, {parts.begin(), parts.size()});
  return out;
}
// The same with a secret key of 16 to 64 bytes.
template <std::size_t N>
ByteArray<N> keyed_hash(ByteView key, std::string_view domain, std::initializer_list<ByteView> parts) {
  static_assert(N >= 16 && N <= 64);
  ByteArray<N> out;
  internal::blake2b(out, key, domain, {parts.begin(), parts.size()});
  return out;
}

}  // namespace smeg::crypto
