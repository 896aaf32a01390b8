#include "crypto/aead.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/openssl_algorithms.h"

namespace smeg::crypto {
namespace {

using Nonce = ByteArray<12>;

// OpenSSL's ChaCha20-Poly1305 is the faster one for long packets, libsodium's for short ones, since it has nothing to
// set up: 1.02 against 1.44 us for 1,424 bytes, 0.56 against 0.41 us for 96, measured on AMD Zen 5.
constexpr std::size_t kLongBytes = 448;

Nonce make_nonce(std::uint64_t counter) {
  Nonce nonce{};
  store_le(nonce.data() + 4, counter);
  return nonce;
}

// One thread's OpenSSL context, reused for all packets. It holds a copy of the last key, so it lives no longer than
// `Sealer` and `Opener` below let it keep that key.
EVP_CIPHER_CTX* thread_context() {
  static EVP_CIPHER* const cipher = internal::fetch_cipher("ChaCha20-Poly1305");
  static thread_local const internal::ContextPtr<EVP_CIPHER_CTX> context = [] {
    internal::ContextPtr<EVP_CIPHER_CTX> fresh(EVP_CIPHER_CTX_new());
    internal::require(fresh && EVP_CipherInit_ex2(fresh.get(), cipher, nullptr, nullptr, 1, nullptr) == 1);
    return fresh;
  }();
  return context.get();
}

// Overwrites the key that the context still holds, when a call or a batch is over.
class KeyScrubber {
 public:
  KeyScrubber() = default;
  KeyScrubber(const KeyScrubber&) = delete;
  KeyScrubber& operator=(const KeyScrubber&) = delete;
  ~KeyScrubber() {
    static constexpr ByteArray<32> kZeroKey{};
    if (context_) EVP_CipherInit_ex2(context_, nullptr, kZeroKey.data(), Nonce{}.data(), 1, nullptr);
  }
  EVP_CIPHER_CTX* context() { return context_ ? context_ : context_ = thread_context(); }

 private:
  EVP_CIPHER_CTX* context_ = nullptr;
};

bool run(EVP_CIPHER_CTX* context, ByteView associated, ByteView in, std::uint8_t* out) {
  int length = 0;
  if (!associated.empty() &&
      EVP_CipherUpdate(context, nullptr, &length, associated.data(), static_cast<int>(associated.size())) != 1)
    return false;
  if (!in.empty() && EVP_CipherUpdate(context, out, &length, in.data(), static_cast<int>(in.size())) != 1) return false;
  ByteArray<16> nothing;
  return EVP_CipherFinal_ex(context, nothing.data(), &length) == 1;
}

void seal_long(KeyScrubber& scrubber, const AeadKey& key, const Nonce& nonce, ByteView associated, ByteView in,
               std::uint8_t* out) {
  EVP_CIPHER_CTX* context = scrubber.context();
  internal::require(
      EVP_CipherInit_ex2(context, nullptr, key.expose().data(), nonce.data(), 1, nullptr) == 1 &&
      run(context, associated, in, out) &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kAeadTagBytes), out + in.size()) == 1);
}

bool open_long(KeyScrubber& scrubber, const AeadKey& key, const Nonce& nonce, ByteView associated, ByteView sealed,
               const std::uint8_t* tag, std::uint8_t* out) {
  EVP_CIPHER_CTX* context = scrubber.context();
  ByteArray<kAeadTagBytes> expected;
  std::copy_n(tag, expected.size(), expected.begin());
  return EVP_CipherInit_ex2(context, nullptr, key.expose().data(), nonce.data(), 0, nullptr) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(expected.size()), expected.data()) == 1 &&
         run(context, associated, sealed, out);
}

void seal(KeyScrubber& scrubber, const AeadKey& key, std::uint64_t counter, ByteView associated, ByteView in,
          std::uint8_t* out) {
  const Nonce nonce = make_nonce(counter);
  if (in.size() >= kLongBytes) return seal_long(scrubber, key, nonce, associated, in, out);
  crypto_aead_chacha20poly1305_ietf_encrypt(out, nullptr, in.data(), in.size(), associated.data(), associated.size(),
                                            nullptr, nonce.data(), key.expose().data());
}

bool open(KeyScrubber& scrubber, const AeadKey& key, std::uint64_t counter, ByteView associated, ByteView in,
          std::uint8_t* out) {
  if (in.size() < kAeadTagBytes) return false;
  const Nonce nonce = make_nonce(counter);
  const ByteView sealed = in.first(in.size() - kAeadTagBytes);
  const std::uint8_t* const tag = in.data() + sealed.size();
  if (sealed.size() >= kLongBytes) return open_long(scrubber, key, nonce, associated, sealed, tag, out);
  return crypto_aead_chacha20poly1305_ietf_decrypt_detached(out, nullptr, sealed.data(), sealed.size(), tag,
                                                            associated.data(), associated.size(), nonce.data(),
                                                            key.expose().data()) == 0;
}

}  // namespace

void aead_seal(const AeadKey& key, std::uint64_t counter, ByteView associated, ByteView in, MutableByteView out) {
  KeyScrubber scrubber;
  seal(scrubber, key, counter, associated, in, out.data());
}

bool aead_open(const AeadKey& key, std::uint64_t counter, ByteView associated, ByteView in, MutableByteView out) {
  KeyScrubber scrubber;
  return open(scrubber, key, counter, associated, in, out.data());
}

void aead_seal_batch(std::span<AeadItem> items) {
  KeyScrubber scrubber;
  for (AeadItem& item : items) seal(scrubber, *item.key, item.counter, {}, {item.data, item.size}, item.data);
}

void aead_open_batch(std::span<AeadItem> items) {
  KeyScrubber scrubber;
  for (AeadItem& item : items) item.ok = open(scrubber, *item.key, item.counter, {}, {item.data, item.size}, item.data);
}

void xaead_seal(const AeadKey& key, const ByteArray<24>& nonce, ByteView associated, ByteView in, MutableByteView out) {
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, in.data(), in.size(), associated.data(),
                                             associated.size(), nullptr, nonce.data(), key.expose().data());
}

bool xaead_open(const AeadKey& key, const ByteArray<24>& nonce, ByteView associated, ByteView in, MutableByteView out) {
  return crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, in.data(), in.size(),
                                                    associated.data(), associated.size(), nonce.data(),
                                                    key.expose().data()) == 0;
}

}  // namespace smeg::crypto
