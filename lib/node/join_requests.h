// Hosts that ask to be let in without an invite, until somebody has decided.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "crypto/crypto.h"

namespace smeg::node {

struct AskingHost {
  crypto::IdentityKey identity;  // whose key it holds
  addr::IpAddress from;
  Role role = Role::peer;
  std::string note;
  WallTime since{};
  Instant last{};  // when it asked last
};

// Job: remembers who asks one mesh, and who was refused lately. Caller: a Membership. Single-threaded. Nothing of it is
// kept on disk: who asks asks again. At most limits::kJoinRequests wait, limits::kJoinRequestsPerSource of one source
// (IPv6 /64 or IPv4 address); where there is no room, the oldest goes of the network (IPv6 /48 or IPv4 /24) that has
// most of them, so that none can keep the others out.
class JoinRequests {
 public:
  // It is noted, or was before. Fails with forbidden where it was refused, and unavailable where too many of its source
  // or of its network wait.
  Result<void> ask(AskingHost host);
  // Out of those that wait; a refused one is not heard for limits::kJoinRequestLife.
  void forget(const crypto::IdentityKey& identity);
  void refuse(const crypto::IdentityKey& identity, Instant now);
  // Lets go of those that have not asked for limits::kJoinRequestLife. Whether one of those that wait was among them.
  bool expire(Instant now);
  Instant next_deadline() const;

  // Oldest first.
  const std::vector<AskingHost>& waiting() const { return waiting_; }

 private:
  struct Refused {
    crypto::IdentityKey identity;
    Instant until;
  };
  bool make_room(const addr::IpAddress& from);

  std::vector<AskingHost> waiting_;
  std::deque<Refused> refused_;  // oldest first
};

}  // namespace smeg::node
