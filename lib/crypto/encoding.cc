#include "crypto/encoding.h"

#include <sodium.h>

namespace smeg::crypto {
namespace {

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

int base32_value(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.empty()) return Bytes();  // libsodium takes no null pointer
  Bytes bytes(text.size() / 2);
  std::size_t length = 0;
  const char* end = nullptr;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end) != 0 ||
      length != bytes.size() || end != text.data() + text.size())
    return fail(Code::malformed, "not hexadecimal");
  return bytes;
}

std::string to_base64(ByteView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

Result<Bytes> from_base64(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size())
    return fail(Code::malformed, "not base64");
  bytes.resize(length);
  return bytes;
}

std::string to_base32(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t pool = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    pool = (pool << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += kBase32[(pool >> (bits - 5)) & 31];
  }
  if (bits > 0) text += kBase32[(pool << (5 - bits)) & 31];
  return text;
}

Result<Bytes> from_base32(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() * 5 / 8);
  std::uint32_t pool = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = base32_value(c);
    if (value < 0) return fail(Code::malformed, "not base32");
    pool = (pool << 5 | static_cast<std::uint32_t>(value)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(pool >> bits));
    }
  }
  // What is left over is less than a character's worth, and zero: each value has one text only.
  if (bits >= 5 || (pool & ((1u << bits) - 1)) != 0) return fail(Code::malformed, "not base32");
  return bytes;
}

}  // namespace smeg::crypto
