// The inside of Node: what its three source files share.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/host.h"
#include "node/kernel.h"
#include "node/membership.h"
#include "node/node.h"
#include "node/routing.h"
#include "node/state.h"

namespace smeg::wire {
class JoinReply;
}

namespace smeg::node {

// After a start, and after the meshes were turned on again: until then members of whom we have not heard again keep
// their tunnels.
inline constexpr Duration kSettleIn = std::chrono::seconds(10);

control::LogLevel to_control(config::LogLevel level);

// Wires memberships, the kernel path, storage and the control plane together; decides nothing that they decide.
class Node::Impl {
 public:
  Impl(const config::Config& config, Rng& jitter, KeySource& secrets, Instant now, WallTime wall, Pool* pool);
  Result<void> load(const LoadedFiles& files, Instant now);

  void on_session(SessionEvent event, Instant now);
  void on_command(CommandId id, control::Command command, Instant now);
  void on_kernel(netstate::Event event, Instant now);
  void on_persisted(Ticket ticket, Instant now);
  void on_persist_failed(Ticket ticket, const Error& error, Instant now);
  void on_token(const std::string& mesh, Result<control::SecretText> token, Instant now);
  void on_hook_done(Instant now);
  void on_configuration(const Result<config::Config>& config, Instant now);
  void on_reload(Instant now) {
    read_configuration({});
    finish(now);
  }
  const config::Config& config() const { return host_.config; }
  void on_deadline(Instant now);
  Instant next_deadline() const;
  std::vector<Effect> take_effects() { return host_.outbox.take(); }
  void set_wall_clock(WallTime wall, Instant now);
  void stop(Instant now);
  bool stopped() const;

 private:
  // A join under way: one session with the host that made the invite, or with one that is asked.
  struct Joining {
    std::optional<CommandId> command;  // none: the configuration asked for it, or it goes without an invite
    MeshId mesh;
    std::string name;
    control::MembershipOptions options;
    std::optional<trust::Invite> invite;  // none: see asks_
    crypto::IdentityPrivateKey key;
    std::vector<DialTarget> targets;
    SessionId session;
    Instant until;
  };

  // A mesh that this host asks to be let into.
  struct Ask {
    KeptAsk kept;
    Instant due{};  // of the next attempt; kNever while one is under way, or where the answer was no
    Duration backoff{};
    std::string standing;  // for people
  };

  // A mesh of the configuration in which this host is not yet.
  struct Provision {
    config::MeshEntry entry;
    Instant due = kNever;  // of the next attempt; kNever while one is under way
    Duration backoff{};
    std::string problem;
  };

  // The end of every call: what it changed goes to disk, to the kernel, to members, to readers.
  void finish(Instant now);
  bool loading() const;  // files of ours are still being taken in
  bool bridges_meshes() const;
  void update_desired(Instant now);
  void choose_lanes(std::vector<WantedMesh>& meshes, Instant now);
  void note_backend();
  void persist_state(Instant now);
  void persist_members(Instant now);
  void publish_view(Instant now);
  std::vector<control::Problem> problems() const;
  std::shared_ptr<const control::Snapshot> make_view(Instant now);
  Bytes encode_state() const;
  const netstate::Observed* observed() const { return kernel_.observed() ? &*kernel_.observed() : nullptr; }

  Membership* owner(SessionId session);
  void forget_session(SessionId session) { owners_.erase(session); }

  // impl_commands.cc
  using Outcome = Result<control::Reply>;
  std::optional<Outcome> carry_out(CommandId id, const control::Command& command, Instant now);
  Outcome create(const control::MeshCreate& wanted, Instant now);
  std::optional<Outcome> start_join(std::optional<CommandId> id, const control::MeshJoin& wanted, Instant now);
  Outcome leave(const control::MeshLeave& wanted, Instant now);
  Result<Membership*> select(const control::MeshSelector& selector);
  Result<void> check_new_mesh(const MeshId& id, const std::string& name) const;
  Membership& enter(MembershipParts parts, Instant now);
  void reply(CommandId id, Outcome outcome, Instant now);
  void on_join_opened(Joining& joining, const SessionOpened& opened, Instant now);
  void on_join_message(Joining& joining, ByteView message, Instant now);
  // Without an outcome: nobody has decided yet.
  void end_join(SessionId session, const std::optional<Outcome>& outcome, Instant now);
  Outcome accept(const Joining& joining, const wire::JoinReply& reply, Instant now);

  // impl_asks.cc: meshes that this host asks to be let into
  Outcome ask(const control::MeshAsk& wanted, Instant now);
  void work_asks(Instant now);
  void send_ask(const Joining& joining);
  // What came of one attempt; nothing: nobody has decided yet.
  void end_ask(const MeshId& mesh, const std::optional<Outcome>& outcome, Instant now);
  control::MeshView view_of(const Ask& ask) const;
  // The one that is meant; nothing where it is one of the memberships.
  Result<std::optional<MeshId>> find_ask(const control::MeshSelector& selector) const;
  Outcome forget_ask(const MeshId& mesh);

  // impl_daemon.cc: this host in all of its meshes
  Outcome turn(bool on, Instant now);
  void set_log_level(control::LogLevel level);
  // Who reads the configuration anew, and what for.
  struct Reading {
    std::optional<CommandId> command;
    bool to_compare = false;  // and not to apply it
  };
  void read_configuration(Reading reading);
  Outcome reload(const config::Config& wanted, Instant now);
  Outcome compare(const config::Config& file) const;

  // impl_provision.cc: meshes that the configuration wants
  Result<void> start_provisions(Instant now);
  void work_provisions(Instant now);
  void end_provision(const std::string& mesh, const Outcome& outcome, Instant now);

  Host host_;
  Kernel kernel_;
  crypto::Secret<32> seed_;
  std::map<MeshId, Membership> memberships_;
  Routing routing_;
  std::map<SessionId, MeshId> owners_;  // of inbound sessions and answered dials
  std::map<SessionId, Joining> joinings_;
  std::vector<Provision> provisions_;
  std::map<MeshId, Ask> asks_;

  std::uint64_t tickets_ = 0;
  std::optional<Ticket> members_ticket_;
  std::string backend_noted_;
  std::string storage_problem_;
  Instant storage_retry_ = kNever;
  Duration storage_backoff_{};
  Instant members_due_ = kNever;
  Instant members_written_{};
  Instant devices_due_ = kNever;
  Instant routes_next_{};  // not before that are ways chosen again
  Instant routes_due_ = kNever;

  std::uint64_t view_version_ = 0;
  Instant started_;
  control::LogLevel log_level_;
  std::deque<Reading> readings_;  // that wait for ReadConfiguration's answers, which come in order
  Instant settled_in_;            // the minimum once it is over
  Instant viewed_{};
  Instant view_due_ = kNever;

  bool stopping_ = false;
  bool sessions_closed_ = false;
  Instant stop_by_ = kNever;
};

}  // namespace smeg::node
