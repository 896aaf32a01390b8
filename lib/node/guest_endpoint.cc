#include "node/guest_endpoint.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace smeg::node {
namespace {

// Addresses that only hosts of the same network reach: RFC 1918, RFC 6598 and RFC 4193.
bool is_private(const addr::IpAddress& address) {
  static const std::array kPrivate = {
      addr::Prefix(addr::IpAddress::v4({10, 0, 0, 0}), 8),
      addr::Prefix(addr::IpAddress::v4({172, 16, 0, 0}), 12),
      addr::Prefix(addr::IpAddress::v4({192, 168, 0, 0}), 16),
      addr::Prefix(addr::IpAddress::v4({100, 64, 0, 0}), 10),
      addr::Prefix(addr::IpAddress::v6({0xfc}), 7),
  };
  return std::ranges::any_of(kPrivate, [&](const addr::Prefix& prefix) { return prefix.contains(address); });
}

// The less, the better.
auto rank(const mesh::MemberEndpoint& endpoint) {
  const auto* address = std::get_if<addr::IpAddress>(&endpoint.host);
  return std::tuple(endpoint.port == 0, endpoint.priority, address && is_private(*address),
                    address && address->is_v6());
}

}  // namespace

std::optional<addr::HostPort> best_for_guests(const std::vector<mesh::MemberEndpoint>& endpoints) {
  const auto best = std::ranges::min_element(endpoints, {}, rank);
  if (best == endpoints.end() || best->port == 0) return std::nullopt;
  if (const auto* address = std::get_if<addr::IpAddress>(&best->host)) return addr::HostPort{*address, {}, best->port};
  return addr::HostPort{std::nullopt, std::get<std::string>(best->host), best->port};
}

}  // namespace smeg::node
