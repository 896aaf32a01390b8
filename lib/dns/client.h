// Whom the name server takes for one client.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "addr/addr.h"
#include "dns/zone.h"

namespace smeg::dns {

// One client: a single address where that is proven to be one host's, which are IPv4 addresses, loopback, and those
// within the prefixes of this host's own meshes, for which tunnels answer. Elsewhere the /64 of an IPv6 address, for
// whoever has one has all addresses of it.
addr::Prefix client_of(const addr::IpAddress& from, const std::vector<OwnPlace>& own);

// A connection that is open.
struct Holder {
  addr::Prefix client;
  Instant moved;  // when it last came forward
};
// Which of them has to go so that one of this client may come: the client's own that has been idle for longest, where
// it has limits::kDnsTcpConnectionsPerClient; else the idlest of all, where those are limits::kDnsTcpConnections. None:
// there is room. So nobody who holds on to connections keeps others, or a newer one of its own, from being served.
std::optional<std::size_t> who_makes_room(std::span<const Holder> open, const addr::Prefix& client);

}  // namespace smeg::dns
