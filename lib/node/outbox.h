// The effects of a node, in order, behind what has to be on disk first.
#pragma once

#include <deque>
#include <vector>

#include "node/effects.h"

namespace smeg::node {

// Job: what is not yet on disk is told to nobody. Everything pushed during a call that changed the state waits until
// that state is written, and so does everything pushed later: order is kept.
// Caller: Node. Never fails.
class Outbox {
 public:
  // An effect of the call under way.
  void push(Effect effect) { staged_.push_back(std::move(effect)); }
  // An effect that reveals nothing and must not wait: a Persist, or an error reply while the disk fails.
  void push_now(Effect effect) { ready_.push_back(std::move(effect)); }

  // The end of a call that changed nothing on disk.
  void commit();
  // The end of a call after which the effects wait for that ticket.
  void commit_behind(Ticket ticket);
  // That ticket, and all before it, are on disk.
  void persisted(Ticket ticket);

  // Whether something waits for the disk.
  bool waiting() const { return !held_.empty(); }
  bool empty() const { return ready_.empty() && staged_.empty() && held_.empty(); }
  std::vector<Effect> take();

 private:
  struct Held {
    Ticket until;
    std::vector<Effect> effects;
  };

  std::vector<Effect> staged_;
  std::deque<Held> held_;
  std::vector<Effect> ready_;
};

}  // namespace smeg::node
