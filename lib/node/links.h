// The sessions of one mesh: whom to dial and when, and which of two sessions with one member stays.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "node/effects.h"

namespace smeg::node {

// Job: keeps one session with each member that it is told to dial, and takes those that others dial. Goes on
// dialling those who do not answer, less and less often, so that a split of the mesh always heals.
// Caller: a Membership. Single-threaded. Never fails.
// Does not know who is a member: the caller says whom to dial, and hands over sessions whose certificate it has
// checked.
class Links {
 public:
  // patience: with one dial; the next one may find what the one before has waited for in vain.
  Links(const crypto::IdentityKey& self, const MeshId& mesh, Duration patience, Rng& jitter, Instant now);

  // Replaces the members to dial. Those who are new are dialled at once within a few seconds of our start; later they
  // get the time to dial us first, for newcomers do. aside: those of them who are dialled for what their name stands
  // for alone. Until such a one has answered where it says that it is, it is dialled less and less often, for minutes,
  // whatever else it says meanwhile: it may have named somebody who has nothing to do with us.
  void set_targets(std::map<crypto::IdentityKey, std::vector<DialTarget>> targets, Instant now,
                   const std::set<crypto::IdentityKey>& aside = {});
  bool is_target(const crypto::IdentityKey& member) const { return peers_.contains(member); }
  // Dial that member now, whatever was due.
  void hurry(const crypto::IdentityKey& member, Instant now);

  // A session with that member is open; its hello is still to come.
  void opened(SessionId session, const crypto::IdentityKey& member, bool inbound, Instant now);
  // Its first message came. Returns the session to be closed where there are two with one member: it may be this one.
  std::optional<SessionId> greeted(SessionId session, const ByteArray<16>& boot);
  // A session closed, or a dial failed. Returns the member where a ready session with it is gone.
  std::optional<crypto::IdentityKey> closed(SessionId session, const std::string& reason, Instant now);

  // The members that are dialled, and how the last attempt or session with each ended; empty where none has.
  std::vector<std::pair<crypto::IdentityKey, std::string>> targets() const;
  // Whether another session is open, or another error known, since this was asked last.
  bool take_changed() { return std::exchange(changed_, false); }
  // Whose session that is; nothing where it is not one of this mesh.
  std::optional<crypto::IdentityKey> member(SessionId session) const;
  bool owns(SessionId session) const { return links_.contains(session); }
  bool ready(SessionId session) const;
  // A ready session with that member.
  std::optional<SessionId> session(const crypto::IdentityKey& member) const;
  std::vector<SessionId> ready_sessions() const;
  // Whether there is none that is ready.
  bool alone() const { return ready_.empty(); }
  std::vector<SessionId> all_sessions() const;

  void on_deadline(Instant now);
  // Not later than the next thing is due.
  Instant next_deadline() const { return next_deadline_; }
  // The dials that are due; draw(): the next session id of the node.
  template <class Draw>
  std::vector<Dial> take_dials(Draw draw) {
    std::vector<Dial> dials;
    for (const crypto::IdentityKey& member : std::exchange(due_, {})) {
      const SessionId session = draw();
      links_[session].member = member;
      linked_.insert(member);
      dials.push_back(Dial{session, mesh_, Protocol::member, peers_.at(member).targets, member, patience_});
    }
    return dials;
  }
  // Sessions that were opened and never greeted in time.
  std::vector<SessionId> take_expired() { return std::exchange(expired_, {}); }

 private:
  struct Link {
    crypto::IdentityKey member;
    bool inbound = false;
    bool open = false;
    std::optional<ByteArray<16>> boot;  // set once greeted
    Instant greet_by = kNever;
  };
  struct Peer {
    std::vector<DialTarget> targets;
    Instant next_attempt = kNever;
    Duration backoff{};
    std::string error;  // of the last attempt
    bool aside = false;
    bool answered = false;  // at these targets
    bool doubtful() const { return aside && !answered; }
  };
  // Of one that was doubtful when it was a target last.
  struct Resting {
    Instant next_attempt{};
    Duration backoff{};
  };

  bool has_link(const crypto::IdentityKey& member) const { return linked_.contains(member); }
  void drop(std::map<SessionId, Link>::iterator link);
  void wake_by(Instant when) { next_deadline_ = std::min(next_deadline_, when); }
  void retarget(Peer& peer, std::vector<DialTarget> to, bool aside, Instant now);
  void rest(const crypto::IdentityKey& member, const Peer& peer, Instant now);
  void schedule_again(const crypto::IdentityKey& member, Instant now);

  crypto::IdentityKey self_;
  MeshId mesh_;
  Duration patience_;
  Rng& jitter_;
  Instant started_;
  std::map<SessionId, Link> links_;
  std::multiset<crypto::IdentityKey> linked_;            // whom links_ are with
  std::multimap<crypto::IdentityKey, SessionId> ready_;  // those of links_ that are greeted
  Instant next_deadline_ = kNever;
  std::map<crypto::IdentityKey, Peer> peers_;
  std::map<crypto::IdentityKey, Resting> resting_;  // at most for kLongestInDoubt after the attempt that was due
  std::vector<crypto::IdentityKey> due_;
  std::vector<SessionId> expired_;
  bool changed_ = false;
};

}  // namespace smeg::node
