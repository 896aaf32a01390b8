// Views of bytes and fixed-width integers in them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smeg {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline std::string to_string(ByteView bytes) { return std::string(as_text(bytes)); }
inline Bytes to_bytes(ByteView bytes) { return Bytes(bytes.begin(), bytes.end()); }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

static_assert(std::endian::native == std::endian::little, "big-endian hosts are not supported");

// Little- and big-endian loads and stores; the caller has checked that sizeof(T) bytes are there.
template <class T>
T load_le(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}
template <class T>
void store_le(std::uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof(T));
}
template <class T>
constexpr T swap_bytes(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}
template <class T>
T load_be(const std::uint8_t* at) {
  return swap_bytes(load_le<T>(at));
}
template <class T>
void store_be(std::uint8_t* at, T value) {
  store_le(at, swap_bytes(value));
}

}  // namespace smeg
