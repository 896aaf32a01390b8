// What observers say of members that they don't hear, and what these answer.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gossip/relay.h"

namespace smeg::gossip {

// What members sign: the mesh id in front, so that what is said in one mesh never counts in another.
Bytes signed_text(const MeshId& mesh, ByteView payload);

// 16 random bytes, drawn at each start of a daemon.
using BootId = ByteArray<16>;

// The hash of what is signed: an answer names what it answers, so that nobody can answer beforehand.
using AccusationId = ByteArray<16>;

// "I don't hear that start of that member any more." Signed by who says it, so that a member is taken for down only
// where several independent ones say so.
struct Accusation {
  crypto::IdentityKey accuser;
  crypto::IdentityKey accused;
  BootId accused_boot{};  // a later start of it is not meant
  AccusationId id{};

  Statement said;

  // The form is right; of the signature nothing is known yet. Fails: malformed.
  static Result<Accusation> parse(ByteView payload, ByteView signature);
  // boot: of the accuser; number: its count, so that no two are the same.
  static Accusation make(const MeshId& mesh, const crypto::IdentityPrivateKey& key, const BootId& boot,
                         const crypto::IdentityKey& accused, const BootId& accused_boot, std::uint64_t number);
  bool is_authentic(const MeshId& mesh) const;
};

// Job: keeps the accusations against each member that stand: not answered, not withdrawn by a later start.
// Single-threaded, never fails. At most kAccusersKept accusers and kAnswersKept answers for each accused. Does not
// check who may accuse, nor decide who is down.
class Accusations {
 public:
  static constexpr std::size_t kAccusersKept = 8;
  static constexpr std::size_t kAnswersKept = 16;

  // False where it tells nothing new: known, answered already, or there are enough. And of an accuser who was answered
  // a moment ago, the next is not taken before `patience` has passed: answers must not cost the accused more than the
  // accusations cost the accuser.
  bool is_news(const Accusation& accusation, Duration patience, Instant now) const;
  void add(Accusation accusation);
  // The accused has heard that accusation; true where that is news. It may come before what it answers.
  // The proof, the beat in which it says so, is kept for those who miss it.
  bool answer(const crypto::IdentityKey& accused, const AccusationId& id, std::shared_ptr<const Statement> proof,
              Instant now);
  // The proof that it was answered longer than `after` ago: until then it is on its way to everybody.
  std::shared_ptr<const Statement> proof(const Accusation& accusation, Duration after, Instant now) const;
  // When that accuser was last answered.
  std::optional<Instant> answered_at(const crypto::IdentityKey& accused, const crypto::IdentityKey& accuser) const;
  // The accused is another, was started again, or went.
  void forget(const crypto::IdentityKey& accused);
  // Of the accusations against that member, those by whom that is true are dropped.
  template <class By>
  void drop(const crypto::IdentityKey& accused, By by) {
    const auto found = standing_.find(accused);
    if (found == standing_.end()) return;
    std::erase_if(found->second, [&](const Accusation& accusation) { return by(accusation.accuser); });
    if (found->second.empty()) standing_.erase(found);
  }
  // That accuser went.
  void forget_accuser(const crypto::IdentityKey& accuser);

  // Those that stand against a member, none where none does.
  const std::vector<Accusation>& against(const crypto::IdentityKey& accused) const;
  const std::map<crypto::IdentityKey, std::vector<Accusation>>& all() const { return standing_; }

 private:
  struct Answer {
    AccusationId id{};
    std::shared_ptr<const Statement> proof;
    Instant heard{};
  };
  struct Answers {
    std::deque<Answer> given;  // the newest last
    std::map<crypto::IdentityKey, Instant> accusers;
  };
  const Answer* find_answer(const crypto::IdentityKey& accused, const AccusationId& id) const;

  std::map<crypto::IdentityKey, std::vector<Accusation>> standing_;
  std::map<crypto::IdentityKey, Answers> answered_;
};

}  // namespace smeg::gossip
