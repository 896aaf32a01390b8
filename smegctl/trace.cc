// The way of packets, hop by hop: ICMPv6 echo requests with growing hop limits (RFC 4443 section 3.3).
#include <ostream>

#include "commands.h"
#include "icmp.h"

namespace smeg::ctl {

Outcome<> trace(const Invocation& with, const std::string& destination, Duration patience) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto to = control::find_destination(*snapshot, destination);
  if (!to) return refused(to.error());
  if (!to->is_v6()) return refused({Code::unsupported, "meshes carry IPv6 alone", "write an IPv6 address"});
  Probe probe;
  if (auto ok = probe.open(*to); !ok) return refused(ok.error());
  const auto hops = trace_way(probe, patience, [&](std::size_t number, const control::TraceHop& hop) {
    if (!with.for_programs()) with.around.out << control::trace_line(*snapshot, number, hop) << std::flush;
  });
  if (with.for_programs()) with.around.out << formatted(with.format, control::trace_json(*snapshot, *to, hops));
  const std::string verdict = control::trace_verdict(*snapshot, *to, hops);
  if (verdict.empty()) return {};
  return refused({Code::unavailable, verdict, "`smegctl route explain " + to->to_string() + "` says what is told"});
}

}  // namespace smeg::ctl
