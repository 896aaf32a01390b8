// Random states and kernels for the properties of netstate, and short ways to write values.
#pragma once

#include <string>

#include "netstate/netstate.h"

namespace smeg::netstate::test {

InterfaceName interface_name(unsigned number);  // "smeg0"
MeshId mesh(std::uint8_t number);
crypto::WgPublicKey peer_key(std::uint8_t number);
crypto::WgPrivateKey private_key(std::uint8_t number);
addr::Prefix prefix(std::string_view text);
addr::Endpoint endpoint(std::string_view text);
Address address(std::string_view text);  // a host address

// One interface of mesh 1, port 51820, address fd00::1, one peer (1) with fd00::2, a route to fd00::/64.
State small_state();

// A state that passes check(): up to four interfaces drawn from few names, ports, peers and prefixes, so that draws
// overlap.
State random_state(Rng& rng);
// What outsiders, crashes and time do to a kernel between two diffs.
void disturb(Observed& kernel, Rng& rng);

}  // namespace smeg::netstate::test
