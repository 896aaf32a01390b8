// How news spread: along a tree, that forms by itself, whole; along every other session by name alone. Plumtree
// (Leitão, Pereira and Rodrigues 2007). A little news at a time goes along every session: that is fastest.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "crdt/crdt.h"
#include "node/effects.h"

namespace smeg::node {

// News of fewer bytes may go along every session,
inline constexpr std::size_t kNamedFrom = 1'024;
// so many bytes of others' at once, and so many in a second: some changes of members. When thousands start together,
// each would otherwise hear of each of them from every neighbour.
inline constexpr std::size_t kEverywhereAtOnce = 16'384;
inline constexpr std::size_t kEverywherePerSecond = 4'096;
// What one neighbour may have named and not yet sent; what it names beyond that, a later comparison brings.
inline constexpr std::size_t kNamesPerSession = 1'024;

// Job: says whether a session gets large news whole or by name, and whom to ask for what was named and did not come.
// Caller: a Membership. Single-threaded. Never fails. Knows names only: whoever holds the items says what is lacking.
//
// What comes twice came along one session too many: that one carries names from then on, in both directions. What was
// named but doesn't come is asked for, and the session over which it comes belongs to the tree again.
class Broadcast {
 public:
  bool whole_to(SessionId session) const { return !named_.contains(session); }
  // Whether news of so many bytes goes to all, whatever whole_to says. What is urgent always counts as little.
  bool everywhere(std::size_t bytes, bool urgent, Instant now);

  // Something came along the tree that was known already. True where the sender is to be told to name things: not
  // twice.
  bool came_twice(SessionId from);
  // It wants names from now on.
  void on_prune(SessionId from) { named_.insert(from); }
  // It asks for something: from now on it gets the rest, too.
  void on_want(SessionId from) { named_.erase(from); }
  // It has what we lack.
  void on_name(SessionId from, const crdt::Held& named, Instant now);
  // A session that ended. forget: it never belonged to the tree.
  void forget(SessionId session);
  // The neighbour is gone, or silent. Whom to tell that it gets, and gives, the rest from now on: all of them where the
  // tree is torn, until what comes twice has thinned it again. Where it is torn again and again, as among hosts that
  // start together, nobody: what doesn't come is asked for by name.
  std::vector<SessionId> lost(SessionId session, Instant now);

  // Not later than something is to be asked for.
  Instant next_deadline() const { return next_; }
  // What is overdue, by the session that is to be asked. lacks(held): whether it still has not come.
  template <class Lacks>
  std::map<SessionId, std::vector<crdt::ItemKey>> take_overdue(Instant now, Lacks lacks) {
    std::erase_if(awaited_, [&](auto& entry) {
      if (entry.second.due > now || lacks(entry.first)) return false;
      settle(entry.second);
      return true;
    });
    return ask(now);
  }

 private:
  struct Awaited {
    Instant due{};                // when to ask, or to ask another one
    std::vector<SessionId> by{};  // who have named it, and were not asked yet
  };
  // Each version for itself: one that nobody has, whatever it is called, can't stand in the way of one that is there.
  struct ByAll {
    bool operator()(const crdt::Held& a, const crdt::Held& b) const {
      return std::tie(a.key, a.version, a.hash) < std::tie(b.key, b.version, b.hash);
    }
  };
  void settle(const Awaited& awaited);
  std::map<SessionId, std::vector<crdt::ItemKey>> ask(Instant now);

  std::set<SessionId> named_;
  std::map<crdt::Held, Awaited, ByAll> awaited_;
  std::map<SessionId, std::size_t> names_;  // how many in awaited_
  Instant next_ = kNever;
  Instant regrown_ = Instant::min();
  Instant spent_until_{};  // kEverywhereAtOnce may be sent when this is over, the less the further it is ahead
};

}  // namespace smeg::node
