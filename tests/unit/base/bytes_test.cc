#include "base/bytes.h"

#include <doctest/doctest.h>

namespace smeg {
namespace {

TEST_CASE("loads and stores") {
  ByteArray<8> bytes{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(load_le<std::uint16_t>(bytes.data()) == 0x0201);
  CHECK(load_be<std::uint16_t>(bytes.data()) == 0x0102);
  CHECK(load_le<std::uint32_t>(bytes.data() + 1) == 0x05040302);
  CHECK(load_be<std::uint64_t>(bytes.data()) == 0x0102030405060708);
  CHECK(load_be<std::uint8_t>(bytes.data()) == 1);
  store_be(bytes.data(), std::uint32_t{0xaabbccdd});
  CHECK(bytes[0] == 0xaa);
  CHECK(bytes[3] == 0xdd);
  CHECK(bytes[4] == 5);
  store_le(bytes.data(), std::uint64_t{1});
  CHECK(bytes == ByteArray<8>{1});
}

TEST_CASE("text as bytes and back") {
  CHECK(to_bytes("ab") == Bytes{'a', 'b'});
  CHECK(to_string(as_bytes("ab")) == "ab");
  CHECK(as_text(as_bytes("ab")) == "ab");
  CHECK(as_bytes("").empty());
}

}  // namespace
}  // namespace smeg
