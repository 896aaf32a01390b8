// The mark of our own sockets towards the underlay.
#pragma once

#include <cstdint>

namespace smeg {

// SO_MARK of TLS sessions and fwmark of the tunnels ("smeg" in ASCII), so that rules can keep the underlay's packets
// out of a default route that leads into a mesh.
inline constexpr std::uint32_t kUnderlayMark = 0x736d'6567;

}  // namespace smeg
