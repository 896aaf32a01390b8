// netstate's Forwarding as the nftables table "ip6 smegmesh", and what that table remembers (docs/adr/0008). Pure: text
// in, text out.
//
//   set meshes, turned                            what was asked for; turned: pairs that nothing passes between
//   set behind_N, masqueraded_N                   what lies beyond for some of the meshes, which the rules name
//   chain forward                                 what may pass, and the MSS of TCP; all else is dropped
//   chain postrouting                             only where there is something to masquerade
//   chain forwarding_was_on, or _off; set accept_ra_was_1, forwarding_was_1      what the host was like before: it is
//                                                 forgotten when the host starts anew, as the sysctls are
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "netstate/netstate.h"

namespace smeg::netlink {

// What the host was like before it forwarded for us.
struct Before {
  bool forwarding = false;              // net.ipv6.conf.all.forwarding: nothing else was touched where it was on
  std::set<std::string> accept_ra;      // interfaces, and "default", where accept_ra was 1; it is 2 now
  std::set<std::string> forwarding_of;  // those that had forwarding of their own

  friend bool operator==(const Before&, const Before&) = default;
};

// Commands that put the table into the place of any that there was, in one step. Names are such that
// netstate::InterfaceName takes.
std::string make_table(const netstate::Forwarding& forwarding, const Before& before);
// What a listing of the table remembers; nothing where it isn't one of ours.
std::optional<Before> read_table(std::string_view listing);

// A chain that drops what it doesn't say something about.
struct DroppingChain {
  std::string family;  // "ip6" or "inet"
  std::string table;
  std::string name;

  friend bool operator==(const DroppingChain&, const DroppingChain&) = default;
};
// Of a listing of all chains, those that forwarded IPv6 packets come by; ours is left out, and
// tables with names that no command can say.
std::vector<DroppingChain> dropping_chains(std::string_view listing);

}  // namespace smeg::netlink
