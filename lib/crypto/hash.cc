#include "crypto/hash.h"

#include <sodium.h>

namespace smeg::crypto::internal {
namespace {

void update_with_length(crypto_generichash_state& state, ByteView part) {
  ByteArray<8> length;
  store_be<std::uint64_t>(length.data(), part.size());
  crypto_generichash_update(&state, length.data(), length.size());
  crypto_generichash_update(&state, part.data(), part.size());
}

}  // namespace

void blake2b(MutableByteView out, ByteView key, std::string_view domain, std::span<const ByteView> parts) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), out.size());
  update_with_length(state, as_bytes(domain));
  for (const ByteView part : parts) update_with_length(state, part);
  crypto_generichash_final(&state, out.data(), out.size());
  sodium_memzero(&state, sizeof state);
}

}  // namespace smeg::crypto::internal
