// In what order the addresses of a host are tried.
#pragma once

#include <vector>

#include "addr/addr.h"

namespace smeg::io {

// Alternates between families and otherwise keeps the order (RFC 8305 section 4, with one address of the first family
// ahead). Doubles and impossible addresses (port 0, unspecified, multicast) are left out.
std::vector<addr::Endpoint> mix_families(const std::vector<addr::Endpoint>& endpoints);

}  // namespace smeg::io
