#include "crypto/secret.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <new>

#include "crypto/keys.h"

namespace smeg::crypto {
namespace {

TEST_CASE("equal in constant time is equal") {
  CHECK(equal_constant_time({}, {}));
  CHECK(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  CHECK(!equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  CHECK(!equal_constant_time(as_bytes("abc"), as_bytes("ab")));
}

TEST_CASE("a secret has one length") {
  CHECK(Secret<4>::from(Bytes{1, 2, 3, 4})->expose() == ByteArray<4>{1, 2, 3, 4});
  CHECK(!Secret<4>::from(Bytes{1, 2, 3}));
  CHECK(!Secret<4>::from(Bytes{1, 2, 3, 4, 5}));
  CHECK(!WgPublicKey::from(Bytes(31)));
}

TEST_CASE("only zeros are zero") {
  CHECK(Secret<32>().is_zero());
  ByteArray<32> bytes{};
  bytes[31] = 1;
  CHECK(!Secret<32>(bytes).is_zero());
}

TEST_CASE("a secret is wiped when it goes") {
  alignas(Secret<32>) ByteArray<sizeof(Secret<32>)> memory;
  ByteArray<32> bytes;
  bytes.fill(0xab);
  auto* secret = new (memory.data()) Secret<32>(bytes);
  CHECK(secret->expose()[31] == 0xab);
  secret->~Secret();
  CHECK(std::ranges::count(memory, 0xab) == 0);
}

TEST_CASE("public keys are ordered as unsigned bytes") {
  WgPublicKey low;
  WgPublicKey high;
  low.bytes[0] = 0x7f;
  high.bytes[0] = 0x80;
  CHECK(low < high);
}

}  // namespace
}  // namespace smeg::crypto
