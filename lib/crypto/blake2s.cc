#include "crypto/blake2s.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cassert>

#include "crypto/openssl_algorithms.h"

namespace smeg::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kMacBytes = 16;

// One thread's context each, reused: a new one costs more than the hash. OpenSSL wipes the state at the end.
class Hasher {
 public:
  Hasher() : context_(thread_context()) {
    static EVP_MD* const digest = internal::fetch_digest("BLAKE2S-256");
    internal::require(EVP_DigestInit_ex2(context_, digest, nullptr) == 1);
  }
  void add(ByteView part) { internal::require(EVP_DigestUpdate(context_, part.data(), part.size()) == 1); }
  void end(MutableByteView out) {
    unsigned length = 0;
    internal::require(EVP_DigestFinal_ex(context_, out.data(), &length) == 1 && length == out.size());
  }

 private:
  static EVP_MD_CTX* thread_context() {
    static thread_local const internal::ContextPtr<EVP_MD_CTX> context(EVP_MD_CTX_new());
    internal::require(context != nullptr);
    return context.get();
  }
  EVP_MD_CTX* context_;
};

EVP_MAC_CTX* mac_context() {
  static EVP_MAC* const mac = internal::fetch_mac("BLAKE2SMAC");
  static thread_local const internal::ContextPtr<EVP_MAC_CTX> context(EVP_MAC_CTX_new(mac));
  internal::require(context != nullptr);
  return context.get();
}

// The key of HMAC (RFC 2104): padded with zeros to a block, XORed with one byte.
class HmacPad {
 public:
  HmacPad(ByteView key, std::uint8_t with) {
    block_.fill(with);
    for (std::size_t i = 0; i < key.size(); ++i) block_[i] ^= key[i];
  }
  HmacPad(const HmacPad&) = delete;
  HmacPad& operator=(const HmacPad&) = delete;
  ~HmacPad() { wipe(block_); }
  ByteView view() const { return block_; }

 private:
  ByteArray<kBlockBytes> block_;
};

void hmac_of_short_key(ByteView key, std::initializer_list<ByteView> parts, MutableByteView out) {
  Secret<32> first;
  Hasher inner;
  inner.add(HmacPad(key, 0x36).view());
  for (const ByteView part : parts) inner.add(part);
  inner.end(first.mutable_bytes());
  Hasher outer;
  outer.add(HmacPad(key, 0x5c).view());
  outer.add(first.expose());
  outer.end(out);
}

void hmac(ByteView key, std::initializer_list<ByteView> parts, MutableByteView out) {
  if (key.size() <= kBlockBytes) return hmac_of_short_key(key, parts, out);
  Secret<32> hashed;
  Hasher hasher;
  hasher.add(key);
  hasher.end(hashed.mutable_bytes());
  hmac_of_short_key(hashed.expose(), parts, out);
}

template <std::size_t N>
std::array<Secret<32>, N> kdf(ByteView key, ByteView input) {
  std::array<Secret<32>, N> out;
  Secret<32> root;
  hmac(key, {input}, root.mutable_bytes());
  for (std::size_t i = 0; i < N; ++i) {
    const ByteArray<1> number{static_cast<std::uint8_t>(i + 1)};
    const ByteView previous = i == 0 ? ByteView() : ByteView(out[i - 1].expose());
    hmac(root.expose(), {previous, number}, out[i].mutable_bytes());
  }
  return out;
}

}  // namespace

Blake2sHash blake2s(std::initializer_list<ByteView> parts) {
  Hasher hasher;
  for (const ByteView part : parts) hasher.add(part);
  Blake2sHash out;
  hasher.end(out);
  return out;
}

ByteArray<16> blake2s_mac(ByteView key, std::initializer_list<ByteView> parts) {
  assert(!key.empty() && key.size() <= 32);
  EVP_MAC_CTX* context = mac_context();
  std::size_t size = kMacBytes;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  internal::require(EVP_MAC_init(context, key.data(), key.size(), parameters) == 1);
  for (const ByteView part : parts) internal::require(EVP_MAC_update(context, part.data(), part.size()) == 1);
  ByteArray<kMacBytes> out;
  internal::require(EVP_MAC_final(context, out.data(), &size, out.size()) == 1);
  return out;
}

Blake2sHash hmac_blake2s(ByteView key, std::initializer_list<ByteView> parts) {
  Blake2sHash out;
  hmac(key, parts, out);
  return out;
}

std::array<Secret<32>, 1> blake2s_kdf1(ByteView key, ByteView input) { return kdf<1>(key, input); }
std::array<Secret<32>, 2> blake2s_kdf2(ByteView key, ByteView input) { return kdf<2>(key, input); }
std::array<Secret<32>, 3> blake2s_kdf3(ByteView key, ByteView input) { return kdf<3>(key, input); }

}  // namespace smeg::crypto
