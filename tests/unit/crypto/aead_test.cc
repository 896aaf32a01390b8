#include "crypto/aead.h"

#include <doctest/doctest.h>

#include "crypto/crypto.h"

namespace smeg::crypto {
namespace {

Bytes hex(std::string_view text) { return *from_hex(text); }
AeadKey key(std::string_view text) { return *AeadKey::from(hex(text)); }
const AeadKey kKey = key("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + 3);
  return out;
}
Bytes seal(const AeadKey& with, std::uint64_t counter, ByteView associated, ByteView plain) {
  Bytes out(plain.size() + kAeadTagBytes);
  aead_seal(with, counter, associated, plain, out);
  return out;
}
std::optional<Bytes> open(const AeadKey& with, std::uint64_t counter, ByteView associated, ByteView sealed) {
  Bytes out(sealed.size() < kAeadTagBytes ? 0 : sealed.size() - kAeadTagBytes);
  if (!aead_open(with, counter, associated, sealed, out)) return std::nullopt;
  return out;
}

// Its nonce, 000000000102030405060708, is one that has the form of a counter.
TEST_CASE("RFC 8439 appendix A.5") {
  const AeadKey rfc_key = key("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
  const std::uint64_t counter = 0x0807060504030201;
  const Bytes associated = hex("f33388860000000000004e91");
  const std::string_view plain =
      "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, replaced, or "
      "obsoleted "
      "by other documents at any time. It is inappropriate to use Internet-Drafts as reference material or to cite "
      "them "
      "other than as /\xe2\x80\x9cwork in progress./\xe2\x80\x9d";
  const Bytes sealed =
      hex("64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b"
          "0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e"
          "2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf45"
          "34d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a10"
          "73a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709beead9d6789"
          "0cbb22392336fea1851f38");
  CHECK(seal(rfc_key, counter, associated, as_bytes(plain)) == sealed);
  CHECK(open(rfc_key, counter, associated, sealed) == to_bytes(plain));
}

// Digests and tags from a Python model of RFC 8439 that reproduces the vectors of its sections 2.8.2 and A.5.
TEST_CASE("lengths on both sides of where the implementation changes") {
  struct Known {
    std::size_t size;
    std::string_view tag;
    std::string_view digest;
  };
  for (const Known& known : {Known{447, "4067df5b3c55e6adef36adc3f46e8e49",
                                   "4662fd69b02d8add0f8c3430706ab582ef302ba564b05141d9a2073c1964f018"},
                             Known{448, "9d654f9ead8cc42021ff5094854232c3",
                                   "5137988b6695a8f2c85ff8ebd1eba91b61a49780e62d510f8be27730db981ba6"},
                             Known{1'424, "f97ce58f8fd6e807596142c34e36611d",
                                   "5e79f97125b95fe4bf8c4554f2c3545ecb93ed1aa722969778c99fd61bc75e0a"},
                             Known{65'535, "3007a7c577a54218dd37cd9b4c53501e",
                                   "70170c1ae2440e16410f9cb716ad7a1865ea5d73ada5cf85259034b5d5c40dd0"}}) {
    const Bytes sealed = seal(kKey, 0x0102030405060708, {}, pattern(known.size));
    CHECK(to_hex(ByteView(sealed).last(16)) == known.tag);
    CHECK(to_hex(blake2s({sealed})) == known.digest);
    CHECK(open(kKey, 0x0102030405060708, {}, sealed) == pattern(known.size));
  }
  ByteArray<12> associated;
  for (std::uint8_t i = 0; i < 12; ++i) associated[i] = i;
  CHECK(to_hex(ByteView(seal(kKey, 1, associated, pattern(1'424))).last(16)) == "23b42a9629fa1307d734b9fbb591eafd");
}

TEST_CASE("any change is noticed, at any length") {
  for (const std::size_t size : {0u, 1u, 64u, 447u, 448u, 449u, 2'000u}) {
    const Bytes plain = pattern(size);
    const Bytes sealed = seal(kKey, 5, as_bytes("about"), plain);
    CHECK(open(kKey, 5, as_bytes("about"), sealed) == plain);
    CHECK(!open(kKey, 6, as_bytes("about"), sealed));
    CHECK(!open(kKey, 5, as_bytes("About"), sealed));
    CHECK(!open(AeadKey(), 5, as_bytes("about"), sealed));
    CHECK(!open(kKey, 5, as_bytes("about"), ByteView(sealed).first(sealed.size() - 1)));
    for (std::size_t at = 0; at < sealed.size(); at += 13) {
      Bytes changed = sealed;
      changed[at] ^= 1;
      CHECK(!open(kKey, 5, as_bytes("about"), changed));
    }
  }
  CHECK(!open(kKey, 5, {}, Bytes(15)));
  CHECK(!open(kKey, 5, {}, {}));
}

TEST_CASE("in place, alone and in batches of mixed lengths and keys") {
  const AeadKey other = key("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
  std::vector<Bytes> buffers;
  std::vector<AeadItem> items;
  const std::vector<std::size_t> sizes = {0, 16, 1'420, 100, 448, 9'000, 447, 1'420};
  for (const std::size_t size : sizes) {
    buffers.push_back(pattern(size));
    buffers.back().resize(size + kAeadTagBytes);
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    items.push_back({i % 2 == 0 ? &kKey : &other, 100 + i, buffers[i].data(), sizes[i], false});
  aead_seal_batch(items);
  for (std::size_t i = 0; i < sizes.size(); ++i)
    CHECK(buffers[i] == seal(*items[i].key, items[i].counter, {}, pattern(sizes[i])));
  buffers[3][0] ^= 1;
  for (AeadItem& item : items) item.size += kAeadTagBytes;
  aead_open_batch(items);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    CHECK(items[i].ok == (i != 3));
    buffers[i].resize(sizes[i]);
    if (i != 3) CHECK(buffers[i] == pattern(sizes[i]));
  }
}

// draft-irtf-cfrg-xchacha-03 appendix A.3.1
TEST_CASE("XChaCha20-Poly1305") {
  ByteArray<24> nonce;
  for (std::uint8_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::uint8_t>(0x40 + i);
  const Bytes associated = hex("50515253c0c1c2c3c4c5c6c7");
  const std::string_view plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  Bytes sealed(plain.size() + kAeadTagBytes);
  xaead_seal(kKey, nonce, associated, as_bytes(plain), sealed);
  CHECK(to_hex(sealed) ==
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c2"
        "16cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c6"
        "8b13b52ec0875924c1c7987947deafd8780acf49");
  Bytes opened(plain.size());
  CHECK(xaead_open(kKey, nonce, associated, sealed, opened));
  CHECK(as_text(opened) == plain);
  sealed[0] ^= 1;
  CHECK(!xaead_open(kKey, nonce, associated, sealed, opened));
}

}  // namespace
}  // namespace smeg::crypto
