// Which peers carry the packets of a client, which sits behind something and can't be reached by everyone.
#pragma once

#include <optional>
#include <vector>

#include "route/exit.h"

namespace smeg::route {

// A member that may carry for clients.
struct Carrier {
  MemberKey member{};
  bool live = true;

  friend auto operator<=>(const Carrier&, const Carrier&) = default;
};

struct Carried {
  std::optional<MemberKey> first;   // its packets come and go through this one
  std::optional<MemberKey> second;  // and through that one once the first is down
};

// Consistent hashing: all that may carry stand on a ring by their keys, a client's choice is among the next eight
// behind its own key, by rendezvous. So a lookup costs the logarithm of their number, and a peer that goes down moves
// its own clients only. Everybody computes the same from the same members. Immutable.
class Carriers {
 public:
  explicit Carriers(std::vector<Carrier> carriers);

  // wish: who carries first, if it may and lives.
  Carried of(const MemberKey& client, const std::optional<MemberKey>& wish = std::nullopt) const;

 private:
  std::vector<Carrier> ring_;  // by member
};

}  // namespace smeg::route
