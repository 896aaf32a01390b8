// What is passed on to neighbours: at once where it is little, together where it is much.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "base/base.h"
#include "crypto/crypto.h"

namespace smeg::gossip {

// Something to be said to a member with whom there is a session.
struct Outgoing {
  crypto::IdentityKey to;
  Bytes message;  // a serialised wire::Envelope
};

// A beat or an accusation, as it was signed.
struct Statement {
  enum class Kind : std::uint8_t { beat, accusation };

  Kind kind = Kind::beat;
  Bytes payload;
  Bytes signature;
};

// Puts statements to one member into as few messages as may be. Beats go first: an answer may save a doubt.
std::vector<Outgoing> say(const crypto::IdentityKey& to, const std::vector<const Statement*>& statements);

// Job: keeps what is to be passed on until it is due, and who of the neighbours has said it and needs not be told.
// The first few go at once; where more come than one every `apart`, what has come meanwhile goes in one message: so
// many deaths cost few messages, and one death is not told later. Caller: a Gossip. Single-threaded. Never fails.
class Relay {
 public:
  explicit Relay(Duration apart) : apart_(apart) {}

  // from: who said it; nothing where it is our own.
  void add(Statement statement, const std::optional<crypto::IdentityKey>& from);
  // That neighbour says it, too. Who lies about it is the only one who isn't told.
  void heard(ByteView signature, const crypto::IdentityKey& from);
  // When the next message may go; kNever where nothing waits.
  Instant due() const;
  // What is to be said now.
  std::vector<Outgoing> take(const std::vector<crypto::IdentityKey>& listeners, Instant now);

 private:
  struct Waiting {
    Statement statement;
    std::vector<crypto::IdentityKey> known_to;
  };
  // The first bytes of its signature.
  static std::uint64_t number_of(ByteView signature);

  Duration apart_;
  Instant next_{};  // on average not before; some may go ahead of it
  std::vector<Waiting> waiting_;
  std::unordered_map<std::uint64_t, std::size_t> places_;  // in waiting_, by number
};

}  // namespace smeg::gossip
