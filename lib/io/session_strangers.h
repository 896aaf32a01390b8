// Who may wait at the door: strangers whose handshake is not finished, or whom the core has not accepted yet.
#pragma once

#include <optional>
#include <vector>

#include "io/session.h"

namespace smeg::io {

// Keeps at most limits::kUnauthenticatedSessions strangers. When there is no room, one of the source (IPv4 address or
// IPv6 /64) that has most of them goes, its oldest first, so that one source can't keep the others out. Pure; never
// fails.
class Strangers {
 public:
  // Takes a stranger in; returns the one who must go for it, who is then forgotten.
  std::optional<SessionId> enter(SessionId session, const addr::IpAddress& source);
  // It was accepted, or is gone. Ignored where it is not a stranger.
  void leave(SessionId session);
  bool holds(SessionId session) const;
  std::size_t size() const { return strangers_.size(); }

 private:
  struct Stranger {
    SessionId session;
    addr::Prefix source;
  };
  std::vector<Stranger> strangers_;  // oldest first
};

}  // namespace smeg::io
