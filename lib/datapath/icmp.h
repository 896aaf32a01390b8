// ICMP and ICMPv6 "destination unreachable" for packets that the mesh can't carry.
#pragma once

#include <optional>

#include "base/base.h"

namespace smeg::datapath {

inline constexpr std::size_t kMaxIcmpV4Quote = 548;    // RFC 1812 section 4.3.2.3: the answer has at most 576 bytes
inline constexpr std::size_t kMaxIcmpV6Bytes = 1'280;  // RFC 4443 section 2.4 (c)

// Turns a packet into the ICMP error that its sender gets (IPv4: host unreachable, RFC 792; IPv6: address unreachable,
// RFC 4443), in place: kHeadroomBytes before the packet are free. The answer's source is the packet's destination,
// since an engine knows no address of its interface, and the kernel would refuse an own one as a martian. nullopt where
// no error may be sent (RFC 1122 section 3.2.2, RFC 4443 section 2.4 (e)): about an ICMP error, a multicast or
// broadcast, a later fragment, a source that is no single host, or anything malformed.
std::optional<MutableByteView> make_unreachable(MutableByteView packet);

// A token bucket for such answers (RFC 4443 section 2.4 (f)): kPerSecond after a burst of kBurst.
class UnreachableLimiter {
 public:
  static constexpr unsigned kPerSecond = 100;
  static constexpr unsigned kBurst = 50;

  [[nodiscard]] bool allow(Instant now);

 private:
  Duration credit_ = Duration::zero();
  Instant last_ = Instant::min();
};

}  // namespace smeg::datapath
