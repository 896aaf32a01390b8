// netstate's Forwarding: the table of nftables, and the sysctls that let packets pass at all.
#pragma once

#include <optional>

#include "netlink/nftables.h"
#include "netlink/ruleset.h"
#include "netlink/socket.h"
#include "netlink/sysctl.h"

namespace smeg::netlink {

// Job: forwards, forwards no more, and sees what there is of it. Caller: Host, on its thread. Rules come before the
// sysctl that they are needed for, and go behind it. What was before is kept in the table itself, and found again there
// after a restart; in memory too, for the case that somebody deletes the table meanwhile. Fails by Result.
class Forwarder {
 public:
  struct Seen {
    std::optional<netstate::Forwarding> forwarding;  // without meshes where it isn't as we made it, or not known to be
    std::vector<std::string> obstacles;
  };
  explicit Forwarder(std::chrono::milliseconds timeout) : timeout_(timeout) {}

  // Without nftables in the kernel there is nothing to see.
  Seen observe();
  // Fails with conflict where another program has a table of that name.
  Result<void> set(const netstate::Forwarding& forwarding);
  Result<void> remove();
  // Whether news are about our table.
  static bool is_ours(const RulesMessage& rules);
  // Whether there is, or was, something of ours: only then others' changes are of interest.
  bool active() const { return before_.has_value(); }

 private:
  struct Made {
    netstate::Forwarding forwarding;
    std::string listing;  // what the table looked like then
  };

  // Asks without libnftables, which is left alone, as its memory is, on hosts that never forward.
  bool table_exists();
  // What there was before us, by the table, by memory, or by a look at it now.
  Result<Before> find_before();
  Result<void> stop_forwarding();
  bool is_as_made(const std::string& listing) const;
  std::vector<std::string> obstacles();

  const std::chrono::milliseconds timeout_;
  std::optional<RequestSocket> requests_;
  Nftables nftables_;
  const Sysctl forwarding_{"forwarding"};
  const Sysctl accept_ra_{"accept_ra"};
  std::optional<Before> before_;
  std::optional<Made> made_;
};

}  // namespace smeg::netlink
