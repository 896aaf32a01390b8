// A member that misbehaves.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sim/lies.h"
#include "sim/world.h"

namespace smeg::sim {

// Job: sits at a member's host in the place of its daemon, holds a session with every victim, as its certificate lets
// it, and tells lies on all of them, as fast as kEachTick allows; dials again where it was thrown out. Caller: a
// scenario. Single-threaded; what it does follows from the seed.
class Forger {
 public:
  struct Victim {
    crypto::IdentityKey identity;
    node::DialTarget target;
  };

  Forger(World& world, HostIndex host, const Lies::Self& self, Lies lies, std::vector<Victim> victims,
         std::uint64_t seed);
  ~Forger();
  Forger(const Forger&) = delete;
  Forger& operator=(const Forger&) = delete;

  // So many messages of that kind, from now on.
  void attack(Attack attack, std::size_t messages);
  bool done() const { return left_ == 0; }
  // Messages that were sent on open sessions.
  std::uint64_t sent() const { return sent_; }
  // Times that a victim closed a session.
  std::uint64_t thrown_out() const { return thrown_out_; }

 private:
  void on_session(const node::SessionEvent& event);
  void dial(std::size_t victim);
  void tick();
  // Runs it later, unless this forger is gone by then.
  void after(Duration delay, void (Forger::*what)(std::size_t), std::size_t argument);
  void on_tick(std::size_t) { tick(); }

  World& world_;
  HostIndex host_;
  MeshId mesh_;
  Lies lies_;
  std::vector<Victim> victims_;
  SeededRng chance_;
  std::map<node::SessionId, std::size_t> dialled_;  // whose session it is, or will be
  std::map<node::SessionId, std::size_t> open_;
  std::uint64_t sessions_ = 0;
  Attack attack_ = Attack::garbage;
  std::size_t left_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t thrown_out_ = 0;
  std::shared_ptr<Forger*> self_;  // held weakly by what is to run later
};

}  // namespace smeg::sim
