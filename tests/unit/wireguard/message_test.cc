#include "wireguard/message.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace smeg::wireguard {
namespace {

TEST_CASE("sizes and types on the wire") {
  CHECK(encode(Initiation{}).size() == 148);
  CHECK(encode(Response{}).size() == 92);
  CHECK(encode(CookieReply{}).size() == 64);
  CHECK(classify(encode(Initiation{})) == MessageType::initiation);
  CHECK(classify(encode(Response{})) == MessageType::response);
  CHECK(classify(encode(CookieReply{})) == MessageType::cookie_reply);
  Bytes data(32);
  encode(DataHeader{}, data.data());
  CHECK(classify(data) == MessageType::data);
}

TEST_CASE("fields are little-endian and where the paper has them") {
  const Bytes bytes = encode(
      Initiation{.sender = 0x04030201, .ephemeral = {0xee}, .sealed_static = {0x55}, .sealed_timestamp = {0x77}});
  CHECK(load_le<std::uint32_t>(bytes.data()) == 1);
  CHECK(std::ranges::equal(ByteView(bytes).subspan(4, 4), Bytes{1, 2, 3, 4}));
  CHECK(bytes[8] == 0xee);
  CHECK(bytes[40] == 0x55);
  CHECK(bytes[88] == 0x77);
  Bytes data(kDataHeaderBytes);
  encode(DataHeader{.receiver = 7, .counter = 0x0807060504030201}, data.data());
  CHECK(data == Bytes{4, 0, 0, 0, 7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("what was encoded decodes to the same") {
  const Initiation initiation{.sender = 1, .ephemeral = {2}, .sealed_static = {3}, .sealed_timestamp = {4}};
  CHECK(encode(*decode_initiation(encode(initiation))) == encode(initiation));
  const Response response{.sender = 1, .receiver = 2, .ephemeral = {3}, .sealed_nothing = {4}};
  CHECK(encode(*decode_response(encode(response))) == encode(response));
  const CookieReply reply{.receiver = 1, .nonce = {2}, .sealed_cookie = {3}};
  CHECK(encode(*decode_cookie_reply(encode(reply))) == encode(reply));
}

TEST_CASE("a wrong length or type is no message") {
  for (std::uint32_t type = 0; type < 6; ++type) {
    for (std::size_t size = 0; size < 200; ++size) {
      Bytes bytes(size);
      if (size >= 4) store_le(bytes.data(), type);
      const bool expected = (type == 1 && size == 148) || (type == 2 && size == 92) || (type == 3 && size == 64) ||
                            (type == 4 && size >= 32);
      CHECK(classify(bytes).has_value() == expected);
      CHECK(decode_initiation(bytes).has_value() == (expected && type == 1));
      CHECK(decode_response(bytes).has_value() == (expected && type == 2));
      CHECK(decode_cookie_reply(bytes).has_value() == (expected && type == 3));
      CHECK(decode_data_header(bytes).has_value() == (expected && type == 4));
    }
  }
  Bytes reserved_set = encode(Initiation{});
  reserved_set[2] = 1;
  CHECK(!classify(reserved_set));
}

TEST_CASE("padding goes to 16, but not over the MTU") {
  CHECK(padded_size(0, 1'420) == 0);
  CHECK(padded_size(1, 1'420) == 16);
  CHECK(padded_size(16, 1'420) == 16);
  CHECK(padded_size(1'408, 1'420) == 1'408);
  CHECK(padded_size(1'409, 1'420) == 1'420);
  CHECK(padded_size(1'420, 1'420) == 1'420);
  CHECK(padded_size(1'421, 1'420) == 1'436);  // one byte over: its last unit is 1
  CHECK(padded_size(2'840, 1'420) == 2'840);
  CHECK(padded_size(65'535, 1'420) == 65'544);
  CHECK(padded_size(100, 0) == 112);
}

}  // namespace
}  // namespace smeg::wireguard
