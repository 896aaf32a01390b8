// The whole control plane of a host as one deterministic state machine.
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "node/effects.h"
#include "node/pool.h"

namespace smeg::node {

// Job: keeps this host's meshes: trust, members, sessions with others, and what the operating system should hold.
// Caller: smegd's core thread, or the simulator. Single-threaded. After each call, take_effects() and carry them out in
// order. Fails only at create(): later, bad input is refused to whoever sent it, counted, and changes nothing.
// Does no I/O, reads no clock, writes no log. No call takes more than limits::kCoreCall.
class Node {
 public:
  // Fails (malformed, unsupported) where a file is not one of ours; nothing of it is then overwritten, for no effect
  // ever leaves. wall is the calendar's time at now. pool: what nodes of one process share, if there are several.
  static Result<std::unique_ptr<Node>> create(const config::Config& config, LoadedFiles files, Rng& jitter,
                                              KeySource& secrets, Instant now, WallTime wall, Pool* pool = nullptr);
  ~Node();

  void on_session(SessionEvent event, Instant now);
  void on_command(CommandId id, control::Command command, Instant now);
  // Observed and UnderlaySeen are to come once at the start without being asked for, and Drift and UnderlaySeen
  // whenever something changes.
  void on_kernel(netstate::Event event, Instant now);
  void on_persisted(Ticket ticket, Instant now);
  // The write did not happen. The node tries again by itself, a second later and then less often.
  void on_persist_failed(Ticket ticket, const Error& error, Instant now);
  // The answer to ReadToken. The node asks again later where there is no token or it does not lead into the mesh.
  void on_token(const std::string& mesh, Result<control::SecretText> token, Instant now);
  // The answer to ReadConfiguration. Where it is an error, or a mesh of it can't be made, all stays as it was.
  void on_configuration(const Result<config::Config>& config, Instant now);
  // As the command daemon.reload, asked for by the operating system.
  void reload(Instant now);
  // What it goes by.
  const config::Config& config() const;
  // The answer to RunHook, however it ended.
  void on_hook_done(Instant now);
  void on_deadline(Instant now);
  // When on_deadline wants to be called; kNever where nothing is due.
  Instant next_deadline() const;
  std::vector<Effect> take_effects();

  // The calendar's time at now; to be told at each jump of it, and now and then. Liveness does not depend on it.
  void set_wall_clock(WallTime wall, Instant now);

  // An orderly end: tells members that this host goes offline, and empties what the operating system holds of ours.
  // Membership stays. Further commands are refused.
  void stop(Instant now);
  // True once all that stop() wants is done, and every effect was taken.
  bool stopped() const;

 private:
  class Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace smeg::node
