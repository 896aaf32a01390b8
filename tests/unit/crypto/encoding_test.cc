#include "crypto/encoding.h"

#include <doctest/doctest.h>

namespace smeg::crypto {
namespace {

TEST_CASE("RFC 4648 section 10, in the forms that we use") {
  struct Known {
    std::string_view text, hex, base32, base64;
  };
  for (const Known& known : {Known{"", "", "", ""}, Known{"f", "66", "my", "Zg=="}, Known{"fo", "666f", "mzxq", "Zm8="},
                             Known{"foo", "666f6f", "mzxw6", "Zm9v"}, Known{"foob", "666f6f62", "mzxw6yq", "Zm9vYg=="},
                             Known{"fooba", "666f6f6261", "mzxw6ytb", "Zm9vYmE="},
                             Known{"foobar", "666f6f626172", "mzxw6ytboi", "Zm9vYmFy"}}) {
    CAPTURE(known.text);
    const Bytes bytes = to_bytes(known.text);
    CHECK(to_hex(bytes) == known.hex);
    CHECK(to_base32(bytes) == known.base32);
    CHECK(to_base64(bytes) == known.base64);
    CHECK(from_hex(known.hex) == bytes);
    CHECK(from_base32(known.base32) == bytes);
    CHECK(from_base64(known.base64) == bytes);
  }
}

TEST_CASE("either case where case says nothing") {
  CHECK(from_hex("DeadBeef") == Bytes{0xde, 0xad, 0xbe, 0xef});
  CHECK(from_base32("MZXW6ytb") == to_bytes("fooba"));
}

TEST_CASE("one text for each value: nothing else decodes") {
  for (const std::string_view text : {"1", "123", "0g", " 00", "00 ", "0x00", "00\n"}) CHECK(!from_hex(text));
  for (const std::string_view text : {"m", "mz", "mzx", "mzxw61", "my======", "mz ", "m8", "mzxw6y", "mzxw6ytbo"}) {
    CAPTURE(text);
    CHECK(!from_base32(text));
  }
  for (const std::string_view text : {"Zg", "Zg=", "Zh==", "Zm9=", "Zm9v=", "Zm 9v", "Z===", "====", "Zm-_"}) {
    CAPTURE(text);
    CHECK(!from_base64(text));
  }
}

TEST_CASE("all lengths there and back") {
  SeededRng rng(1);
  for (std::size_t size = 0; size < 100; ++size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
    CHECK(from_hex(to_hex(bytes)) == bytes);
    CHECK(from_base32(to_base32(bytes)) == bytes);
    CHECK(from_base64(to_base64(bytes)) == bytes);
  }
}

}  // namespace
}  // namespace smeg::crypto
