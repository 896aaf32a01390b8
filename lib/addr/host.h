// A place to dial as people write it: a name or an address, with a port or without.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "addr/ip.h"

namespace smeg::addr {

// Holds either an address or a name, never both and never neither (but for a default-made one).
struct HostPort {
  std::optional<IpAddress> address;
  std::string name;                   // a DNS name in lower case, at most limits::kHostNameBytes; empty with an address
  std::optional<std::uint16_t> port;  // none: the default of whatever is dialled

  // "host", "host:443", "192.0.2.1", "192.0.2.1:443", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443".
  static Result<HostPort> parse(std::string_view text);
  static HostPort of(const Endpoint& endpoint) { return {endpoint.address, {}, endpoint.port}; }

  // The address or name alone, without brackets.
  std::string host() const { return address ? address->to_string() : name; }
  std::string to_string() const;

  friend auto operator<=>(const HostPort&, const HostPort&) = default;
};

}  // namespace smeg::addr
