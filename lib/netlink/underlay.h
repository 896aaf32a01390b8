// The host's own addresses outside of every mesh.
#pragma once

#include "netlink/links.h"

namespace smeg::netlink {

// See Host::underlay_addresses(). `ours` are the links that do not count.
Result<std::vector<addr::IpAddress>> list_underlay_addresses(RequestSocket& requests,
                                                             const std::map<LinkIndex, netstate::InterfaceName>& ours);

}  // namespace smeg::netlink
