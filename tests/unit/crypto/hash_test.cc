#include "crypto/hash.h"

#include <doctest/doctest.h>

#include "crypto/encoding.h"

namespace smeg::crypto {
namespace {

// Python: hashlib.blake2b over each part behind its length as 8 big-endian bytes, the domain first.
TEST_CASE("the hash of domain and parts is what it is documented to be") {
  CHECK(to_hex(hash<20>("domain", {as_bytes("one"), as_bytes("two")})) == "5a361a10a09ed93af94977a5e5c2510922531790");
  CHECK(to_hex(hash<64>("", {})) ==
        "482ae5a29fbe856c7272f2071b8b0f0359ee2d89ff392b8a900643fbd0836eccd067b8bf41909e206c90d45d6e7d8b6686b93ecaee5fe1"
        "a9060d87b672101310");
  const Bytes key(32, 7);
  CHECK(to_hex(keyed_hash<32>(key, "domain", {as_bytes("one")})) ==
        "ab33b947e34be5db36066a0a8df7697dda525caa66f5503a23a5ba5d9694c85e");
}

TEST_CASE("domain, order and borders of the parts all count") {
  const auto base = hash<32>("domain", {as_bytes("ab"), as_bytes("c")});
  CHECK(hash<32>("domain", {as_bytes("ab"), as_bytes("c")}) == base);
  CHECK(hash<32>("domain", {as_bytes("a"), as_bytes("bc")}) != base);
  CHECK(hash<32>("domain", {as_bytes("abc")}) != base);
  CHECK(hash<32>("domain", {as_bytes("c"), as_bytes("ab")}) != base);
  CHECK(hash<32>("domain", {as_bytes("ab"), as_bytes("c"), {}}) != base);
  CHECK(hash<32>("domainab", {as_bytes("c")}) != base);
  CHECK(keyed_hash<32>(Bytes(32, 1), "domain", {as_bytes("ab"), as_bytes("c")}) != base);
}

}  // namespace
}  // namespace smeg::crypto
