#include "crypto/blake2s.h"

#include <doctest/doctest.h>

#include <numeric>

#include "crypto/encoding.h"

namespace smeg::crypto {
namespace {

Bytes counting(std::size_t size) {
  Bytes out(size);
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

TEST_CASE("RFC 7693 appendix B") {
  CHECK(to_hex(blake2s({as_bytes("abc")})) == "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
}

// The following were computed with Python's hashlib and hmac, which share no code with OpenSSL here.
TEST_CASE("BLAKE2s of parts is that of the whole") {
  const Bytes whole = counting(1'000);
  const std::string expected = "b5f9d7799111edafc9326fbf667be98140b5e20ce5e151793c59125bf654ac18";
  CHECK(to_hex(blake2s({whole})) == expected);
  const ByteView view(whole);
  CHECK(to_hex(blake2s({view.first(63), view.subspan(63, 2), {}, view.subspan(65)})) == expected);
}

TEST_CASE("keyed BLAKE2s of 16 bytes") {
  CHECK(to_hex(blake2s_mac(counting(32), {})) == "9536f9b267655743dee97b8a670f9f53");
  CHECK(to_hex(blake2s_mac(counting(32), {counting(255)})) == "cd075928ab7e6883e697fe7fd3ac43ee");
  CHECK(to_hex(blake2s_mac(counting(16), {counting(100), ByteView(counting(116)).last(16)})) ==
        "b9b1bbba1b59e4349d1018f97d243fca");
}

TEST_CASE("HMAC-BLAKE2s, with short, long and empty keys") {
  CHECK(to_hex(hmac_blake2s(counting(32), {as_bytes("sam"), as_bytes("ple")})) ==
        "4f27d50fb5cbd26911cc9ff1c8c79ddf39076747b9d8dcce148c8d0661270468");
  CHECK(to_hex(hmac_blake2s(counting(100), {as_bytes("sample")})) ==
        "51cb164f19791dc85a7ba6963d9b531a1a1978d4130725140474e665b36e7a24");
  CHECK(to_hex(hmac_blake2s({}, {as_bytes("sample")})) ==
        "1f79a52b69e30392690dee6dfb4b4711c31dd591fec4b85f80776c19c37607e2");
}

TEST_CASE("HKDF with one, two and three outputs") {
  const Bytes key = counting(32);
  const auto [first, second, third] = blake2s_kdf3(key, as_bytes("input"));
  CHECK(to_hex(first.expose()) == "87b7f70b24183c6db5dc4f6d9f4c47cdb203321aa2a0bef714896adb3107a040");
  CHECK(to_hex(second.expose()) == "538a02e1eb2e31b7e4d4b82476d1fe2acf50085d3fb584537279195f5d1f5824");
  CHECK(to_hex(third.expose()) == "9ad858025593be88de0f9442a589cfe84a88dc19e4753d93684d1c5efc4837f9");
  CHECK(blake2s_kdf1(key, as_bytes("input"))[0] == first);
  CHECK(blake2s_kdf2(key, as_bytes("input"))[1] == second);
}

}  // namespace
}  // namespace smeg::crypto
