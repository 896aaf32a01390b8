#include "dns/client.h"

#include <algorithm>

#include "dns/limits.h"

namespace smeg::dns {
namespace {

constexpr unsigned kV6Network = 64;  // bits of an address that are one client's

}  // namespace

addr::Prefix client_of(const addr::IpAddress& from, const std::vector<OwnPlace>& own) {
  const bool alone = from.is_v4() || from.is_loopback() ||
                     std::ranges::any_of(own, [&](const OwnPlace& place) { return place.prefix.contains(from); });
  return {from, alone ? from.bits() : kV6Network};
}

std::optional<std::size_t> who_makes_room(std::span<const Holder> open, const addr::Prefix& client) {
  std::optional<std::size_t> idlest, idlest_alike;
  std::size_t alike = 0;
  const auto take = [&](std::optional<std::size_t>& best, std::size_t i) {
    if (!best || open[i].moved < open[*best].moved) best = i;
  };
  for (std::size_t i = 0; i < open.size(); ++i) {
    take(idlest, i);
    if (open[i].client != client) continue;
    take(idlest_alike, i);
    ++alike;
  }
  if (alike >= limits::kDnsTcpConnectionsPerClient) return idlest_alike;
  return open.size() >= limits::kDnsTcpConnections ? idlest : std::nullopt;
}

}  // namespace smeg::dns
