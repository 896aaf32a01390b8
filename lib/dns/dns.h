// Names for members: the zone that follows from a Snapshot, and the answer to one DNS message. Sockets are smeg-dns's.
// What stands on the wire is RFC 1035's, as amended by 2308 (negative answers), 6891 (EDNS) and 7766 (TCP).
#pragma once

#include "dns/client.h"
#include "dns/limits.h"
#include "dns/name.h"
#include "dns/query.h"
#include "dns/rate_limiter.h"
#include "dns/remote.h"
#include "dns/remote_cache.h"
#include "dns/responder.h"
#include "dns/zone.h"

namespace smeg::dns {

// Where smeg-dns listens unless told otherwise, and where smegctl takes it to be. Beside smegd's own 21910, above the
// ports that want a privilege and below those that the kernel hands out. 53 is often taken already, by the host's
// resolver, and 5353 is multicast DNS's.
inline constexpr std::uint16_t kDefaultPort = 21'953;
inline constexpr std::string_view kDefaultZone = "smeg";

}  // namespace smeg::dns
