// Who is alive and who leads: observers on rings, who accuse in public those they don't hear, and a leader who sets the
// pace. docs/membership.md explains it, with bounds.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "gossip/accusations.h"
#include "gossip/relay.h"
#include "gossip/rings.h"

namespace smeg::wire {
class Accusations;
class Beat;
class Beats;
class SignedAccusation;
class SignedBeat;
}  // namespace smeg::wire

namespace smeg::gossip {

// So many observers must agree that a member is down, or all who could, where they are fewer.
inline constexpr std::size_t kAgree = 3;

struct Settings {
  Duration heartbeat_interval = std::chrono::seconds(2);  // at least 100 ms; all other times follow from it
};

// A member as liveness sees it.
struct RosterEntry : Spot {
  std::uint64_t incarnation = 0;
  BootId boot{};          // of its newest record
  bool on_rings = false;  // its role is peer: it observes others, and may lead
  bool offline = false;   // it said that it goes: nobody waits for it

  friend bool operator==(const RosterEntry&, const RosterEntry&) = default;
};
using RosterPtr = std::shared_ptr<const RosterEntry>;

enum class Liveness {
  alive,    // nobody says otherwise
  suspect,  // an observer does not hear it
  down,     // enough of them don't, and it has not answered
};

// What became of the signed things in one message.
struct Heard {
  unsigned fresh = 0;  // told us something
  unsigned stale = 0;  // known already, or of nobody who could say it
  unsigned bad = 0;    // forged or malformed: whoever sent this is broken or lies
  unsigned over = 0;   // of a signer who says more than it has cause to: not looked at
};

// Job: says with whom to hold sessions, pings those who observe this member, accuses those whom it observes and does
// not hear, answers accusations, passes on what is signed and new, decides who is down and who leads. Caller: a node's
// membership in one mesh. Single-threaded. Never fails: what others send is counted and dropped where it is bad.
// Liveness knows only monotonic time. Does not know what the replicated state holds; it carries its digest.
class Gossip {
 public:
  Gossip(Settings settings, const MeshId& mesh, const crypto::IdentityPrivateKey& key, const BootId& boot, Rng& jitter,
         Instant now);

  // All members, this one included, in order of identity. Neighbours stay as they were until roster_changed().
  void set_roster(const std::vector<RosterPtr>& roster, Instant now);
  // One of them is new, or another than before; or is none any more. Likewise.
  void set_member(RosterPtr entry, Instant now);
  void remove_member(const crypto::IdentityKey& identity);
  void roster_changed(Instant now);
  // Null for one that is not on the roster.
  const RosterEntry* find(const crypto::IdentityKey& member) const;
  // With whom this member wants sessions. Some of them are down, not always the same: so a split of the mesh heals.
  const std::set<crypto::IdentityKey>& wanted() const { return wanted_; }
  // Those who are to be told news: all of them with whom there is a session, and of the others with whom there is one,
  // who may have learned of closer ones than this member by and by, so many that it is bounded.
  std::vector<crypto::IdentityKey> listeners() const;
  // Whether this member may have to accuse that one, which therefore holds a session with it or would if others fail.
  bool observes(const crypto::IdentityKey& member) const { return is_near(self_, member); }
  // Of the wanted, those to be reached at once: others accuse them.
  std::vector<crypto::IdentityKey> asked() const;
  // True once after any change of wanted().
  bool take_wanted_changed() { return std::exchange(wanted_changed_, false); }

  // A session with that member is ready; several sessions with one member count once.
  void neighbour_up(const crypto::IdentityKey& member, Instant now);
  void neighbour_down(const crypto::IdentityKey& member, Instant now);
  // Any message from a neighbour is a sign of life.
  void on_message(const crypto::IdentityKey& from, Instant now);
  // It ends the session, and is well.
  void on_farewell(const crypto::IdentityKey& from);
  // Of a message from a neighbour.
  Heard on_beats(const crypto::IdentityKey& from, const wire::Beats& beats, Instant now);
  Heard on_accusations(const crypto::IdentityKey& from, const wire::Accusations& accusations, Instant now);
  // A record under our identity that this start has not signed: of an earlier start, or of a clone.
  void on_other_boot(const BootId& boot, Instant now);
  void on_deadline(Instant now);
  Instant next_deadline() const;

  // The digest of the replicated state, for the leader to send.
  void set_digest(ByteView digest) { digest_ = to_bytes(digest); }
  // The digest that the leader sent last; empty where there is none.
  const Bytes& leader_digest() const { return leader_digest_; }
  // How many of the leader's epochs have been heard.
  std::uint64_t epochs_heard() const { return epochs_heard_; }

  Liveness liveness(const crypto::IdentityKey& member) const;
  // The live member with the lowest key on the rings that sends epochs; one that doesn't is passed over.
  std::optional<crypto::IdentityKey> leader() const;
  // Another host lives under our identity, and it has been up for longer: this one has to stand down.
  bool has_older_twin() const { return older_twin_; }

  std::vector<Outgoing> take_outgoing(Instant now);
  // What has become another since the last call.
  struct Changes {
    bool leader = false;
    bool all = false;                           // the liveness of any member
    std::vector<crypto::IdentityKey> liveness;  // of these

    bool any() const { return leader || all || !liveness.empty(); }
  };
  Changes take_changes() { return std::exchange(changes_, {}); }

 private:
  // What is known of one start of a member's daemon.
  struct Boot {
    BootId id{};
    std::uint64_t sequence = 0;
    std::uint64_t epoch = 0;
  };
  // Of a member that has said something: most say nothing for as long as all is well.
  struct State {
    std::vector<Boot> boots;  // whose beats were heard, newest last, at most kBootsPerMember
    Instant epoch_heard = Instant::min();
    // When its next beat is due, at the pace that is taken: of the start that its record names, and of all others.
    // Apart, for old beats of old starts may be played back by anybody.
    std::array<Instant, 2> paced{};
  };
  // Of a member that is not alive, by what is said of it.
  struct Doubt {
    Liveness liveness = Liveness::suspect;
    Instant since{};                   // of liveness
    std::optional<Instant> convicted;  // since when enough accuse it
  };
  // A member with whom there is, was, or should be a session.
  struct Neighbour {
    unsigned sessions = 0;
    bool observed = false;  // it is ours to accuse it
    Instant heard{};        // by a session; the epoch: never
    Instant due = kNever;   // when to accuse it, unless it is heard before
    Instant told{};         // something, whatever it was; the epoch: never
    Instant wanted_since = kNever;
    Instant awaited = kNever;  // a client that should have a session with us, and has none: since it was asked for
    Instant tell_standing_at = kNever;                 // the accusations that stand, or the next of them
    std::optional<crypto::IdentityKey> standing_told;  // the accused up to whom that is done
  };

  struct OwnAnswer {
    AccusationId id{};
    Instant said{};
  };

  std::vector<RosterPtr>::const_iterator place_of(const crypto::IdentityKey& member) const;
  // Whether it is on the roster or not.
  Spot spot_of(const crypto::IdentityKey& member) const;
  const State* state_of(const crypto::IdentityKey& member) const;
  // By what is said of it, whether or not this member is cut off.
  Liveness liveness_of(const crypto::IdentityKey& member) const {
    const auto doubt = doubted_.find(member);
    return doubt == doubted_.end() ? Liveness::alive : doubt->second.liveness;
  }

  using Proofs = std::vector<std::shared_ptr<const Statement>>;
  enum class Verdict { fresh, stale, bad, over };
  static void count(Heard& heard, Verdict verdict);
  Verdict on_beat(const crypto::IdentityKey& from, const wire::SignedBeat& in, Instant now);
  Verdict on_accusation(const crypto::IdentityKey& from, const wire::SignedAccusation& in, Proofs& proofs, Instant now);
  bool answers_what_stands(const crypto::IdentityKey& accused, const wire::Beat& beat) const;
  bool take_answers(const crypto::IdentityKey& accused, const wire::Beat& beat, const Statement& proof, Instant now);
  bool take_epoch(const RosterEntry& member, State& state, Boot& boot, const wire::Beat& beat, Instant now);
  void on_own_identity(const BootId& boot, ByteView echo, std::uint64_t uptime_ms, Instant now);
  Verdict hear_out(const Accusation& accusation, Instant now);
  void say_answers(Instant now);

  // observing.cc
  // Whether the one may accuse the other.
  bool is_near(const crypto::IdentityKey& observer, const crypto::IdentityKey& subject) const;
  void forgive_stall(Instant now);
  void ping(Instant now);
  void accuse_silent(Instant now);
  void accuse(const crypto::IdentityKey& member, Instant now);
  bool hears_others(const crypto::IdentityKey& but, Instant now) const;
  void ask_ourselves(const crypto::IdentityKey& accused, Instant now);
  void judge(const crypto::IdentityKey& accused, Instant now);
  void judge_doubted(Instant now);
  void judge_all(Instant now);
  void judge_by(Instant when) { next_judged_ = std::min(next_judged_, when); }
  void drop_distant(const crypto::IdentityKey& accused);
  bool can_accuse(const crypto::IdentityKey& accused) const;
  void choose_again(Instant now);
  bool enough_accuse(const crypto::IdentityKey& accused) const;
  void check_isolation(Instant now);
  void choose_neighbours(Instant now);
  void walk_for_neighbours(std::size_t ring, Rings::Direction direction, Instant now,
                           const std::set<crypto::IdentityKey>& but, std::set<crypto::IdentityKey>& out) const;
  void try_others(Instant now);
  bool is_client_of(const crypto::IdentityKey& peer, const Spot& client) const;
  std::set<crypto::IdentityKey> own_clients() const;
  void await_clients(Instant now);
  bool has_session(const crypto::IdentityKey& member) const {
    const auto neighbour = neighbours_.find(member);
    return neighbour != neighbours_.end() && neighbour->second.sessions > 0;
  }

  void follow_leader(Instant now);
  void pass_over_silent_leader(Instant now);
  void set_liveness(const crypto::IdentityKey& member, Liveness liveness, Instant now);
  // Likewise. That this member is cut off says nothing of the others: it goes on looking for those who may be alive.
  bool is_down(const crypto::IdentityKey& member) const { return liveness_of(member) == Liveness::down; }
  bool is_suspect(const crypto::IdentityKey& member) const { return doubted_.contains(member); }
  void set_due(Neighbour& neighbour, Instant due) {
    neighbour.due = due;
    next_due_ = std::min(next_due_, due);
  }
  // The accusations that stand, so many at a time.
  void tell_standing(const crypto::IdentityKey& to, Neighbour& neighbour, Instant now);
  // Of the accusations that stand against members of which that is true, as many as it takes.
  void send_standing(const crypto::IdentityKey& to, const std::function<bool(const crypto::IdentityKey&)>& against);
  void send_accusers(const crypto::IdentityKey& accused);
  void tell_again(Instant now);
  void send(const crypto::IdentityKey& to, const std::vector<const Statement*>& statements);
  Statement own_beat(Instant now);

  Duration ping_interval() const { return settings_.heartbeat_interval / 2; }
  Duration silence() const { return settings_.heartbeat_interval * 5 / 4; }   // of an open session
  Duration lost_time() const { return settings_.heartbeat_interval / 2; }     // to come back after a session broke
  Duration try_time() const { return settings_.heartbeat_interval * 3 / 4; }  // to be reached when others accuse
  Duration answer_time() const { return settings_.heartbeat_interval / 2; }   // from enough accusations to down
  Duration leader_time() const { return settings_.heartbeat_interval * 3; }
  // For one that is tried by turns: a dial begins 2.5 s later at the most, and takes 2 H.
  Duration turn_time() const { return std::max<Duration>(leader_time(), std::chrono::seconds(6)); }
  Duration asked_again() const { return settings_.heartbeat_interval * 300; }   // a client that lives, and never comes
  Duration apart() const { return settings_.heartbeat_interval / 80; }          // two messages to one, in a storm
  Duration answers_apart() const { return settings_.heartbeat_interval / 20; }  // two of our answers
  Duration beats_apart() const { return settings_.heartbeat_interval / 8; }     // of one signer, on average
  Duration judged_apart() const { return settings_.heartbeat_interval / 20; }   // two looks at those in doubt
  Duration on_its_way() const { return settings_.heartbeat_interval / 2; }  // of what everybody is told, at the most

  Settings settings_;
  MeshId mesh_;
  crypto::IdentityPrivateKey key_;
  crypto::IdentityKey self_;
  BootId boot_;
  Rng& jitter_;
  Instant started_;
  Instant next_ping_;
  Instant next_epoch_;
  Instant woken_;                 // the last on_deadline()
  Instant next_due_ = kNever;     // not later than the first `due` of a neighbour
  Instant next_judged_ = kNever;  // not later than the next look at those in doubt
  Instant next_answer_ = kNever;  // of ours to what accuses us
  Instant answered_{};            // when the last one was said
  std::uint64_t sequence_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t accusations_made_ = 0;
  Rings rings_;
  Rings clients_;  // where those would stand who are on no ring, and not offline
  std::set<crypto::IdentityKey> own_clients_;
  bool own_clients_stale_ = true;
  std::vector<RosterPtr> roster_;                // in order of identity
  std::map<crypto::IdentityKey, State> states_;  // of some of them
  std::unordered_map<crypto::IdentityKey, Doubt> doubted_;
  std::map<crypto::IdentityKey, Neighbour> neighbours_;
  std::set<crypto::IdentityKey> wanted_;
  std::map<crypto::IdentityKey, Instant> asked_;  // wanted as well until then, since others accuse them
  std::vector<crypto::IdentityKey> tried_;        // wanted as well, by turns
  std::optional<crypto::IdentityKey> tried_up_to_;
  Instant next_try_{};
  Accusations accusations_;
  std::deque<OwnAnswer> own_answers_;  // the newest last, at most kAccusersKept
  std::size_t unanswered_ = 0;         // of them, those that were not said yet
  Relay relay_;
  std::vector<Outgoing> outgoing_;
  std::vector<Boot> own_other_boots_;  // of others that live under our identity
  std::optional<BootId> echo_;
  Instant echo_until_{};
  Bytes digest_;
  Bytes leader_digest_;
  std::optional<Statement> leader_beat_;  // its newest epoch
  std::uint64_t epochs_heard_ = 0;
  std::optional<crypto::IdentityKey> led_by_;
  Instant led_since_{};
  std::set<crypto::IdentityKey> passed_over_;
  Instant alone_since_{};
  bool isolated_ = false;
  bool older_twin_ = false;
  Changes changes_;
  bool wanted_changed_ = false;
  bool choose_again_ = false;  // neighbours: another is down, or back
  Instant judged_{};           // when all who are in doubt were looked at
  bool others_back_ = false;   // since then a member that was down came back: others are farther apart
  bool others_gone_ = false;   // since then there is another in doubt: fewer are left who could accuse
};

}  // namespace smeg::gossip
