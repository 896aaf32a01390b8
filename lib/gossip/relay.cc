#include "gossip/relay.h"

#include <algorithm>

#include "wire/session.pb.h"

namespace smeg::gossip {
namespace {

constexpr int kAhead = 8;                    // messages that go at once after some quiet
constexpr std::size_t kWaitingAtMost = 512;  // statements; then they go at once, too

}  // namespace

std::vector<Outgoing> say(const crypto::IdentityKey& to, const std::vector<const Statement*>& statements) {
  std::vector<Outgoing> out;
  wire::Envelope beats, accusations;
  const auto flush = [&](wire::Envelope& envelope) {
    out.push_back({to, to_bytes(as_bytes(envelope.SerializeAsString()))});
    envelope.Clear();
  };
  const auto fill = [](auto& part, const Statement& statement) {
    part.set_payload(to_string(statement.payload));
    part.set_signature(to_string(statement.signature));
  };
  for (const Statement* statement : statements) {
    if (statement->kind != Statement::Kind::beat) continue;
    fill(*beats.mutable_beats()->add_beats(), *statement);
    if (static_cast<std::size_t>(beats.beats().beats_size()) == limits::kBeatsPerMessage) flush(beats);
  }
  if (beats.has_beats()) flush(beats);
  for (const Statement* statement : statements) {
    if (statement->kind != Statement::Kind::accusation) continue;
    fill(*accusations.mutable_accusations()->add_accusations(), *statement);
    if (static_cast<std::size_t>(accusations.accusations().accusations_size()) == limits::kAccusationsPerMessage)
      flush(accusations);
  }
  if (accusations.has_accusations()) flush(accusations);
  return out;
}

std::uint64_t Relay::number_of(ByteView signature) {
  return signature.size() < sizeof(std::uint64_t) ? 0 : load_le<std::uint64_t>(signature.data());
}

void Relay::add(Statement statement, const std::optional<crypto::IdentityKey>& from) {
  places_.emplace(number_of(statement.signature), waiting_.size());
  Waiting& added = waiting_.emplace_back(Waiting{std::move(statement), {}});
  if (from) added.known_to.push_back(*from);
}

void Relay::heard(ByteView signature, const crypto::IdentityKey& from) {
  const auto place = places_.find(number_of(signature));
  if (place == places_.end()) return;
  auto& known_to = waiting_[place->second].known_to;
  if (std::ranges::find(known_to, from) == known_to.end()) known_to.push_back(from);
}

// A bucket that holds kAhead messages, and is filled again by one every `apart_`.
Instant Relay::due() const {
  if (waiting_.empty()) return kNever;
  return waiting_.size() >= kWaitingAtMost ? Instant::min() : next_ - (kAhead - 1) * apart_;
}

std::vector<Outgoing> Relay::take(const std::vector<crypto::IdentityKey>& listeners, Instant now) {
  next_ = std::max(next_, now) + apart_;
  std::vector<Outgoing> out;
  std::vector<const Statement*> unknown;
  for (const crypto::IdentityKey& listener : listeners) {
    unknown.clear();
    for (const Waiting& each : waiting_)
      if (std::ranges::find(each.known_to, listener) == each.known_to.end()) unknown.push_back(&each.statement);
    std::vector<Outgoing> said = say(listener, unknown);
    std::ranges::move(said, std::back_inserter(out));
  }
  waiting_.clear();
  places_.clear();
  return out;
}

}  // namespace smeg::gossip
