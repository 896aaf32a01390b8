// What a member offers to others, and says so in its record: a name, a port, and what to know beside them.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smeg {

enum class ServiceProtocol : std::uint8_t {
  tcp = 1,
  udp = 2,
};

std::string_view name(ServiceProtocol protocol);  // "tcp", "udp"
Result<ServiceProtocol> parse_service_protocol(std::string_view text);

struct Service {
  std::string name;  // as parse_service_name takes it
  ServiceProtocol protocol = ServiceProtocol::tcp;
  std::uint16_t port = 0;          // not 0
  std::vector<std::string> texts;  // each as parse_service_text takes it

  friend auto operator<=>(const Service&, const Service&) = default;
};

// RFC 6335 section 5.1, in lower case: 1 to 15 of a-z, 0-9 and '-', a letter among them, no '-' at either end or beside
// another.
Result<std::string> parse_service_name(std::string_view text);

// "KEY=VALUE" for DNS (RFC 6763 section 6): the key of printable ASCII, the value plain text, at most
// limits::kServiceTextBytes in all.
Result<std::string> parse_service_text(std::string_view text);

// What is wrong with a member's services together: more than limits::kServicesPerMember, more than one of a name and
// protocol, more or longer texts than limits allow, two of one key (case ignored, RFC 6763 section 6.4).
Result<void> check_services(std::span<const Service> services);

}  // namespace smeg
