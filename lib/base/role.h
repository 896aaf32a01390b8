// What a member is to its mesh.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace smeg {

enum class Role : std::uint8_t {
  peer = 1,    // reachable by others; may lead, and may carry traffic of others
  client = 2,  // dials out only (behind NAT or a firewall); its traffic goes by a peer where need be
};

std::string_view name(Role role);  // "peer", "client"
Result<Role> parse_role(std::string_view text);

}  // namespace smeg
