// IPv4 and IPv6 addresses, prefixes and endpoints as values. Text forms: RFC 5952 and dotted quads.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "base/base.h"

namespace smeg::addr {

class IpAddress {
 public:
  IpAddress() = default;  // "::"
  static IpAddress v4(const ByteArray<4>& bytes);
  static IpAddress v6(const ByteArray<16>& bytes);
  // 4 or 16 bytes in network order.
  static Result<IpAddress> from(ByteView bytes);
  // Without brackets, zone or prefix length.
  static Result<IpAddress> parse(std::string_view text);

  bool is_v4() const { return v4_; }
  bool is_v6() const { return !v4_; }
  // 4 or 16 bytes in network order.
  ByteView view() const { return {bytes_.data(), v4_ ? 4u : 16u}; }
  unsigned bits() const { return v4_ ? 32 : 128; }
  // Bit 0 is the most significant one; index below bits().
  bool bit(unsigned index) const { return (bytes_[index / 8] >> (7 - index % 8)) & 1; }
  std::string to_string() const;

  bool is_unspecified() const;
  bool is_loopback() const;
  bool is_link_local() const;
  bool is_multicast() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  bool v4_ = false;
  ByteArray<16> bytes_{};  // IPv4 in the first four, the rest zero
};

// An address and a length; the bits behind the length are zero.
class Prefix {
 public:
  Prefix() = default;  // "::/0"
  // Bits behind the length are cleared. length is at most address.bits().
  Prefix(const IpAddress& address, unsigned length);
  static Prefix host(const IpAddress& address) { return {address, address.bits()}; }
  // "fd00::/8"; a bare address is a host. Bits set behind the length are an error.
  static Result<Prefix> parse(std::string_view text);

  const IpAddress& address() const { return address_; }
  unsigned length() const { return length_; }
  bool contains(const IpAddress& address) const;
  bool contains(const Prefix& other) const;  // equal or more specific
  bool overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }
  std::string to_string() const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  IpAddress address_;
  unsigned length_ = 0;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  // "192.0.2.1:51820" or "[2001:db8::1]:51820".
  static Result<Endpoint> parse(std::string_view text);
  std::string to_string() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// A decimal port, 1 to 65535.
Result<std::uint16_t> parse_port(std::string_view text);

}  // namespace smeg::addr

template <>
struct std::hash<smeg::addr::IpAddress> {
  std::size_t operator()(const smeg::addr::IpAddress& address) const noexcept {
    return std::hash<std::string_view>{}(smeg::as_text(address.view()));
  }
};
