// The values of the userspace interface as text. For the files of the codec only.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "addr/addr.h"
#include "crypto/crypto.h"
#include "wireguard/config.h"

namespace smeg::wireguard::internal {

struct KeyValue {
  std::string_view key;
  std::string_view value;
};
// nullopt where there is no '='.
inline std::optional<KeyValue> split(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  return KeyValue{line.substr(0, equals), line.substr(equals + 1)};
}

// A decimal number, digits alone, that fits T.
template <class T>
std::optional<T> parse_decimal(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// 64 hexadecimal digits.
inline std::optional<crypto::Secret<32>> parse_key(std::string_view text) {
  if (text.size() != 64) return std::nullopt;
  auto bytes = crypto::from_hex(text);
  if (!bytes) return std::nullopt;
  auto key = crypto::Secret<32>::from(*bytes);
  crypto::wipe(*bytes);
  return *key;
}

inline std::optional<crypto::WgPublicKey> parse_public_key(std::string_view text) {
  const auto key = parse_key(text);
  if (!key) return std::nullopt;
  return crypto::WgPublicKey{key->expose()};
}

// Address and length; bits behind the length are cleared, as the kernel does with what wg(8) sends.
inline std::optional<addr::Prefix> parse_allowed_ip(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = addr::IpAddress::parse(text.substr(0, slash));
  const auto length = parse_decimal<unsigned>(text.substr(slash + 1));
  if (!address || !length || *length > address->bits()) return std::nullopt;
  return addr::Prefix(*address, *length);
}

// An endpoint, where an IPv6 address may be link-local and have a zone: "[fe80::1%eth0]:51820".
struct ZonedEndpoint {
  addr::Endpoint endpoint;
  Zone zone;
};
inline std::optional<Zone> parse_zone(std::string_view text) {
  if (text.empty() || text.size() > limits::kInterfaceNameBytes) return std::nullopt;
  if (const auto index = parse_decimal<std::uint32_t>(text)) return Zone{{}, *index};
  return Zone{std::string(text), 0};
}
inline std::optional<ZonedEndpoint> parse_endpoint(std::string_view text) {
  const std::size_t percent = text.find('%');
  const std::size_t end = text.find(']');
  if (percent == std::string_view::npos) {
    const auto plain = addr::Endpoint::parse(text);
    return plain ? std::optional(ZonedEndpoint{*plain, {}}) : std::nullopt;
  }
  if (end == std::string_view::npos || end < percent) return std::nullopt;
  const auto zone = parse_zone(text.substr(percent + 1, end - percent - 1));
  const auto endpoint = addr::Endpoint::parse(std::string(text.substr(0, percent)).append(text.substr(end)));
  if (!zone || !endpoint || !endpoint->address.is_link_local()) return std::nullopt;
  return ZonedEndpoint{*endpoint, *zone};
}
inline std::string endpoint_text(const addr::Endpoint& endpoint, const Zone& zone) {
  std::string text = endpoint.to_string();
  const std::size_t end = text.find(']');
  if (end == std::string::npos || (zone.name.empty() && zone.index == 0)) return text;
  return text.insert(end, "%" + (zone.name.empty() ? std::to_string(zone.index) : zone.name));
}

// Writes lines; key material goes straight to its place and is nowhere else.
class LineWriter {
 public:
  explicit LineWriter(std::size_t expected_bytes) { text_.reserve(expected_bytes); }

  void line(std::string_view key, std::string_view value) { text_.append(key).append(1, '=').append(value) += '\n'; }
  void line(std::string_view key, std::uint64_t value) { line(key, std::to_string(value)); }
  void key_line(std::string_view key, ByteView bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    text_.append(key) += '=';
    for (const std::uint8_t byte : bytes) {
      text_ += kDigits[byte >> 4];
      text_ += kDigits[byte & 15];
    }
    text_ += '\n';
  }
  std::string finish() {
    text_ += '\n';
    return std::move(text_);
  }

 private:
  std::string text_;
};

}  // namespace smeg::wireguard::internal
