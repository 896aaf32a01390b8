// Small and large echo requests to one member or address: what `why` and `netcheck` go by.
#pragma once

#include "icmp.h"

namespace smeg::ctl {

// Nothing where this user may not send. tries: of small ones; the first may have to wait for a handshake.
std::optional<control::Evidence> try_packets(const control::Snapshot& snapshot, const control::Target& target,
                                             int tries, Duration patience);

}  // namespace smeg::ctl
