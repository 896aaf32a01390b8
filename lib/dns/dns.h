// Names for members: the zone that follows from a Snapshot, and the answer to one DNS message. Sockets are smeg-dns's.
// What stands on the wire is RFC 1035's, as amended by 2308 (negative answers), 6891 (EDNS) and 7766 (TCP).
#pragma once

#include "dns/limits.h"
#include "dns/name.h"
#include "dns/query.h"
#include "dns/rate_limiter.h"
#include "dns/responder.h"
#include "dns/zone.h"
