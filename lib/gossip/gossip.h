// Who is alive and who leads, by signed signs of life that members pass on.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/base.h"
#include "crypto/crypto.h"

namespace smeg::gossip {

// 16 random bytes, drawn at each start of a daemon.
using BootId = ByteArray<16>;

struct Settings {
  Duration heartbeat_interval = std::chrono::seconds(2);  // at least 100 ms
};

// A member as liveness sees it.
struct RosterEntry {
  crypto::IdentityKey identity;
  std::uint64_t incarnation = 0;
  bool may_lead = false;  // its role is peer
};

enum class Liveness {
  alive,    // heard within two intervals
  suspect,  // not heard for two intervals, or not yet heard at all
  down,     // not heard for three
};

// Something to be said to a member with whom there is a session.
struct Outgoing {
  crypto::IdentityKey to;
  Bytes message;  // a serialised wire::Envelope
};

// What became of the beats of one message.
struct BeatCount {
  unsigned fresh = 0;  // told us something
  unsigned stale = 0;  // known already, or of nobody on the roster
  unsigned bad = 0;    // forged or malformed: whoever sent this is broken or lies
};

// Job: sends this member's beat, passes others' on, decides who is alive and who leads.
// Caller: a node's membership in one mesh. Single-threaded. Never fails: bad beats are counted and dropped.
// Liveness knows only monotonic time, and only one's own hearing: nothing of it is told to others.
// Does not know what the replicated state holds; it carries its digest.
class Gossip {
 public:
  Gossip(Settings settings, const MeshId& mesh, const crypto::IdentityPrivateKey& key, const BootId& boot, Rng& jitter,
         Instant now);

  // All members, this one included. Those who are new count as suspect until they are heard.
  void set_roster(const std::vector<RosterEntry>& roster, Instant now);
  // A session with that member is ready, which is a sign of life; several sessions with one member count once.
  void neighbour_up(const crypto::IdentityKey& member, Instant now);
  void neighbour_down(const crypto::IdentityKey& member);
  // The serialised wire::Beats of a message from a neighbour.
  BeatCount on_beats(const crypto::IdentityKey& from, ByteView beats, Instant now);
  void on_deadline(Instant now);
  Instant next_deadline() const;

  // The digest of the replicated state, for the leader to send.
  void set_digest(ByteView digest) { digest_ = to_bytes(digest); }
  // The digest that the leader sent last; empty where there is none.
  const Bytes& leader_digest() const { return leader_digest_; }
  // How many of the leader's epochs have been heard.
  std::uint64_t epochs_heard() const { return epochs_heard_; }

  Liveness liveness(const crypto::IdentityKey& member) const;
  // Since when it is what liveness() says; nothing for a member that is not on the roster.
  std::optional<Instant> since(const crypto::IdentityKey& member) const;
  // The live member with the lowest key that may lead.
  std::optional<crypto::IdentityKey> leader() const;
  // Another host lives under our identity, and it has been up for longer: this one has to stand down.
  bool has_older_twin() const { return older_twin_; }

  std::vector<Outgoing> take_outgoing();
  // True once after any change of liveness or leader.
  bool take_changed();

 private:
  // What is known of one start of a member's daemon.
  struct Boot {
    BootId id{};
    std::uint64_t sequence = 0;
  };
  struct Member {
    std::uint64_t incarnation = 0;
    bool may_lead = false;
    std::vector<Boot> boots;  // newest last, at most kBootsPerMember
    Instant heard{};
    Liveness liveness = Liveness::suspect;
    Instant since{};
  };

  enum class Verdict { fresh, stale, bad };
  Verdict on_beat(ByteView payload, ByteView signature, Instant now);
  void on_own_identity(const BootId& boot, ByteView echo, std::uint64_t uptime_ms, Instant now);
  void heard(Member& member, Instant now);
  void set_liveness(Member& member, Liveness liveness, Instant now);
  void send_own_beat(Instant now);
  void send_to_neighbours(const Bytes& message, const crypto::IdentityKey* except);
  Bytes own_beat_message(Instant now);
  Duration suspect_after() const { return settings_.heartbeat_interval * 2; }
  Duration down_after() const { return settings_.heartbeat_interval * 3; }
  void age(Instant now);

  Settings settings_;
  Bytes mesh_;
  crypto::IdentityPrivateKey key_;
  crypto::IdentityKey self_;
  BootId boot_;
  Rng& jitter_;
  Instant started_;
  Instant next_beat_;
  std::uint64_t sequence_ = 0;
  std::uint64_t epoch_ = 0;
  std::map<crypto::IdentityKey, Member> members_;
  std::map<crypto::IdentityKey, unsigned> neighbours_;  // sessions with each
  std::vector<Outgoing> outgoing_;
  std::vector<Boot> own_other_boots_;  // of others that live under our identity
  std::optional<BootId> echo_;
  Instant echo_until_{};
  Bytes digest_;
  Bytes leader_digest_;
  std::uint64_t epochs_heard_ = 0;
  bool older_twin_ = false;
  bool changed_ = false;
};

}  // namespace smeg::gossip
