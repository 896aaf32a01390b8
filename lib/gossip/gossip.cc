#include "gossip/gossip.h"

#include <algorithm>
#include <span>
#include <utility>

#include "wire/session.pb.h"

namespace smeg::gossip {
namespace {

constexpr std::string_view kBeatDomain = "smegmesh beat 1";
constexpr std::size_t kBootsPerMember = 4;
constexpr unsigned kEchoIntervals = 5;
constexpr std::size_t kListeners = 24;
constexpr std::size_t kToldAtOnce = 64;  // members who stand accused: some 50 KB

std::string text(ByteView bytes) { return to_string(bytes); }

std::uint64_t milliseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

template <class Boots>
auto* find_boot(Boots& boots, const BootId& id) {
  const auto known = std::ranges::find_if(boots, [&](const auto& boot) { return boot.id == id; });
  return known == boots.end() ? nullptr : &*known;
}

// A member has few boots at a time: the oldest is forgotten, which at worst lets an old beat of it pass once more.
template <class Boots>
auto& keep_boot(Boots& boots, const BootId& id) {
  if (auto* known = find_boot(boots, id)) return *known;
  if (boots.size() == kBootsPerMember) boots.erase(boots.begin());
  boots.push_back({id, 0, 0});
  return boots.back();
}

Bytes beat_message(ByteView payload, ByteView signature) {
  wire::Envelope envelope;
  wire::SignedBeat& out = *envelope.mutable_beats()->add_beats();
  out.set_payload(text(payload));
  out.set_signature(text(signature));
  return to_bytes(as_bytes(envelope.SerializeAsString()));
}

// Looks at the parts of a message one by one, and keeps those that are to be passed on.
template <class Part, class Judge>
Heard take_all(const google::protobuf::RepeatedPtrField<Part>& parts, std::size_t most, Judge judge,
               google::protobuf::RepeatedPtrField<Part>& passed_on) {
  Heard heard;
  if (static_cast<std::size_t>(parts.size()) > most) return {.fresh = 0, .stale = 0, .bad = 1};
  for (const Part& part : parts) {
    const auto verdict = judge(part);
    using Verdict = std::remove_const_t<decltype(verdict)>;
    switch (verdict) {
      case Verdict::fresh:
        ++heard.fresh;
        *passed_on.Add() = part;
        break;
      case Verdict::stale: ++heard.stale; break;
      case Verdict::bad: ++heard.bad; break;
    }
  }
  return heard;
}

}  // namespace

Gossip::Gossip(Settings settings, const MeshId& mesh, const crypto::IdentityPrivateKey& key, const BootId& boot,
               Rng& jitter, Instant now)
    : settings_(settings),
      mesh_(mesh),
      key_(key),
      self_(crypto::signing_public_key(key)),
      boot_(boot),
      jitter_(jitter),
      started_(now),
      next_ping_(now + jitter.jitter(settings.heartbeat_interval / 2)),
      next_epoch_(now),
      woken_(now),
      led_since_(now),
      alone_since_(now) {}

// ---- What the caller knows

void Gossip::set_roster(const std::vector<RosterPtr>& roster, Instant now) {
  std::vector<crypto::IdentityKey> gone;
  auto named = roster.begin();
  for (const RosterPtr& entry : roster_) {
    while (named != roster.end() && (*named)->identity < entry->identity) ++named;
    if (named == roster.end() || (*named)->identity != entry->identity) gone.push_back(entry->identity);
  }
  for (const crypto::IdentityKey& identity : gone) remove_member(identity);
  for (const RosterPtr& entry : roster) set_member(entry, now);
}

void Gossip::set_member(RosterPtr entry, Instant now) {
  const auto place = place_of(entry->identity);
  const bool fresh = place == roster_.end() || (*place)->identity != entry->identity;
  if (!fresh && **place == *entry) return;
  const bool again = !fresh && ((*place)->incarnation != entry->incarnation || (*place)->boot != entry->boot);
  if (again || entry->offline) {
    accusations_.forget(entry->identity);
    passed_over_.erase(entry->identity);
    if (const auto state = states_.find(entry->identity); state != states_.end()) state->second.convicted.reset();
    set_liveness(entry->identity, Liveness::alive, now);
  }
  // What was said of the start before counts no more: where this one can't be reached either, it is to be said anew.
  if (const auto neighbour = neighbours_.find(entry->identity); again && neighbour != neighbours_.end())
    if (neighbour->second.sessions == 0 && neighbour->second.observed) set_due(neighbour->second, now + leader_time());
  if (entry->on_rings && !entry->offline) {
    rings_.add(*entry);
  } else {
    rings_.remove(*entry);
  }
  if (fresh) {
    roster_.insert(place, std::move(entry));
  } else {
    roster_[static_cast<std::size_t>(place - roster_.begin())] = std::move(entry);
  }
}

void Gossip::remove_member(const crypto::IdentityKey& identity) {
  const auto place = place_of(identity);
  if (place == roster_.end() || (*place)->identity != identity) return;
  accusations_.forget(identity);
  accusations_.forget_accuser(identity);
  passed_over_.erase(identity);
  doubted_.erase(identity);
  states_.erase(identity);
  rings_.remove(**place);
  roster_.erase(place);
}

void Gossip::roster_changed(Instant now) {
  judge_all(now);
  choose_neighbours(now);
  follow_leader(now);
}

std::vector<RosterPtr>::const_iterator Gossip::place_of(const crypto::IdentityKey& member) const {
  return std::lower_bound(roster_.begin(), roster_.end(), member,
                          [](const RosterPtr& entry, const auto& wanted) { return entry->identity < wanted; });
}

const RosterEntry* Gossip::find(const crypto::IdentityKey& member) const {
  const auto place = place_of(member);
  return place == roster_.end() || (*place)->identity != member ? nullptr : place->get();
}

Spot Gossip::spot_of(const crypto::IdentityKey& member) const {
  if (const RosterEntry* entry = find(member)) return *entry;
  return Spot::of(mesh_, member);
}

const Gossip::State* Gossip::state_of(const crypto::IdentityKey& member) const {
  const auto state = states_.find(member);
  return state == states_.end() ? nullptr : &state->second;
}

void Gossip::neighbour_up(const crypto::IdentityKey& member, Instant now) {
  Neighbour& neighbour = neighbours_[member];
  ++neighbour.sessions;
  neighbour.observed = observes(member);
  on_message(member, now);
  if (std::exchange(isolated_, false)) {
    changes_.all = true;
    follow_leader(now);
  }
  // An accusation against itself it will answer. And what else goes on here, for one who may know nothing of it. Where
  // two sides of a split meet again, those who stand accused are about to answer by sessions of their own: only what
  // stands a moment later is worth telling.
  send_standing(member, [&](const auto& accused) { return accused == member; });
  neighbour.standing_told = {};
  neighbour.tell_standing_at = is_suspect(member) ? now + settings_.heartbeat_interval : now;
  tell_standing(member, neighbour, now);
  if (!leader_beat_.empty()) outgoing_.push_back({member, leader_beat_});
  if (leader() == self_ || !own_answers_.empty() || (echo_ && now < echo_until_))
    outgoing_.push_back({member, own_beat_message(now)});
}

void Gossip::neighbour_down(const crypto::IdentityKey& member, Instant now) {
  const auto found = neighbours_.find(member);
  if (found == neighbours_.end() || found->second.sessions == 0 || --found->second.sessions > 0) return;
  set_due(found->second, found->second.observed ? now + lost_time() : kNever);
  const bool alone = std::ranges::none_of(neighbours_, [](const auto& entry) { return entry.second.sessions > 0; });
  if (alone) alone_since_ = now;
}

void Gossip::on_message(const crypto::IdentityKey& from, Instant now) {
  const auto found = neighbours_.find(from);
  if (found == neighbours_.end()) return;
  found->second.heard = now;
  set_due(found->second, found->second.observed ? now + silence() : kNever);
}

void Gossip::on_farewell(const crypto::IdentityKey& from) {
  const auto found = neighbours_.find(from);
  if (found == neighbours_.end()) return;
  found->second.observed = false;
  found->second.due = kNever;
}

// ---- What members say

Heard Gossip::on_beats(const crypto::IdentityKey& from, ByteView beats, Instant now) {
  wire::Beats message;
  if (!message.ParseFromArray(beats.data(), static_cast<int>(beats.size()))) return {.bad = 1};
  wire::Envelope passed_on;
  const auto judge_beat = [&](const wire::SignedBeat& beat) {
    return on_beat(as_bytes(beat.payload()), as_bytes(beat.signature()), now);
  };
  const Heard heard =
      take_all(message.beats(), limits::kBeatsPerMessage, judge_beat, *passed_on.mutable_beats()->mutable_beats());
  if (heard.fresh > 0) send_to_neighbours(to_bytes(as_bytes(passed_on.SerializeAsString())), &from);
  return heard;
}

Heard Gossip::on_accusations(const crypto::IdentityKey& from, ByteView accusations, Instant now) {
  wire::Accusations message;
  if (!message.ParseFromArray(accusations.data(), static_cast<int>(accusations.size()))) return {.bad = 1};
  wire::Envelope passed_on;
  const auto judge_accusation = [&](const wire::SignedAccusation& accusation) {
    return on_accusation(from, as_bytes(accusation.payload()), as_bytes(accusation.signature()), now);
  };
  const Heard heard = take_all(message.accusations(), limits::kAccusationsPerMessage, judge_accusation,
                               *passed_on.mutable_accusations()->mutable_accusations());
  if (heard.fresh > 0) send_to_neighbours(to_bytes(as_bytes(passed_on.SerializeAsString())), &from);
  return heard;
}

// Cheap checks first: the signature is looked at only where the beat would tell us something.
Gossip::Verdict Gossip::on_beat(ByteView payload, ByteView signature, Instant now) {
  wire::Beat beat;
  if (payload.size() > limits::kBeatBytes || !beat.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
      beat.boot_id().size() != sizeof(BootId))
    return Verdict::bad;
  const auto identity = crypto::IdentityKey::from(as_bytes(beat.identity()));
  if (!identity) return Verdict::bad;
  BootId boot;
  std::ranges::copy(as_bytes(beat.boot_id()), boot.begin());
  const bool own = *identity == self_;
  if (own && boot == boot_) return Verdict::stale;
  const RosterEntry* member = find(*identity);
  if (!own && (!member || member->incarnation != beat.incarnation())) return Verdict::stale;
  // Of two starts that live at once each record replaces the other's; what proves it passes whichever is newer.
  if (!own && member->boot != boot && beat.echo().empty()) return Verdict::stale;
  const State* said = state_of(*identity);
  const Boot* known = own ? find_boot(own_other_boots_, boot) : said ? find_boot(said->boots, boot) : nullptr;
  const bool newest = !known || beat.sequence() > known->sequence;
  if (!newest && (own || !answers_what_stands(*identity, beat))) return Verdict::stale;
  if (!crypto::verify(*identity, kBeatDomain, signed_text(mesh_, payload), signature)) return Verdict::bad;
  if (own) {
    keep_boot(own_other_boots_, boot).sequence = beat.sequence();
    on_own_identity(boot, as_bytes(beat.echo()), beat.uptime_ms(), now);
    return Verdict::fresh;
  }
  State& state = states_[*identity];
  Boot& kept = keep_boot(state.boots, boot);
  kept.sequence = std::max(kept.sequence, beat.sequence());
  const Bytes message = beat_message(payload, signature);
  bool news = newest && !beat.echo().empty();
  news |= take_answers(*identity, beat, message, now);
  news |= newest && take_epoch(*member, state, kept, beat, message, now);
  return news ? Verdict::fresh : Verdict::stale;
}

bool Gossip::answers_what_stands(const crypto::IdentityKey& accused, const wire::Beat& beat) const {
  return std::ranges::any_of(accusations_.against(accused), [&](const Accusation& standing) {
    return std::ranges::any_of(
        beat.answers(), [&](const std::string& answer) { return std::ranges::equal(as_bytes(answer), standing.id); });
  });
}

bool Gossip::take_answers(const crypto::IdentityKey& accused, const wire::Beat& beat, const Bytes& message,
                          Instant now) {
  bool any = false;
  const auto proof = std::make_shared<const Bytes>(message);
  for (const std::string& answer : beat.answers()) {
    AccusationId id;
    if (answer.size() != id.size()) continue;
    std::ranges::copy(as_bytes(answer), id.begin());
    any |= accusations_.answer(accused, id, proof, now);
  }
  if (any) judge(accused, now);
  return any;
}

// Paced by its receivers: one that comes too soon after the last is not passed on.
bool Gossip::take_epoch(const RosterEntry& member, State& state, Boot& boot, const wire::Beat& beat,
                        const Bytes& message, Instant now) {
  if (beat.epoch() <= boot.epoch || !member.on_rings || member.offline) return false;
  if (now < state.epoch_heard + settings_.heartbeat_interval / 4) return false;
  const auto led_by = leader();
  if (led_by && *led_by < member.identity) return false;
  boot.epoch = beat.epoch();
  state.epoch_heard = now;
  passed_over_.erase(member.identity);
  follow_leader(now);
  if (leader() != member.identity) return false;
  ++epochs_heard_;
  leader_digest_ = to_bytes(as_bytes(beat.digest()));
  leader_beat_ = message;
  return true;
}

Gossip::Verdict Gossip::on_accusation(const crypto::IdentityKey& from, ByteView payload, ByteView signature,
                                      Instant now) {
  auto parsed = Accusation::parse(payload, signature);
  if (!parsed) return Verdict::bad;
  const bool of_us = parsed->accused == self_;
  const RosterEntry* accused = find(parsed->accused);
  if (!accused || accused->offline || !find(parsed->accuser)) return Verdict::stale;
  if (parsed->accused_boot != (of_us ? boot_ : accused->boot)) return Verdict::stale;
  if (const Bytes* proof = accusations_.proof(*parsed, on_its_way(), now)) outgoing_.push_back({from, *proof});
  if (!accusations_.is_news(*parsed, settings_.heartbeat_interval, now) || !is_near(parsed->accuser, parsed->accused))
    return Verdict::stale;
  if (!parsed->is_authentic(mesh_)) return Verdict::bad;
  if (of_us) {
    answer(*parsed, now);
    return Verdict::fresh;
  }
  const crypto::IdentityKey about = parsed->accused;
  accusations_.add(*std::move(parsed));
  ask_ourselves(about, now);
  judge(about, now);
  return Verdict::fresh;
}

void Gossip::answer(const Accusation& accusation, Instant now) {
  auto known = std::ranges::find(own_answers_, accusation.id, &OwnAnswer::id);
  if (known != own_answers_.end() && now < known->said + answer_time()) return;
  if (known != own_answers_.end()) own_answers_.erase(known);
  own_answers_.push_back({accusation.id, now});
  if (own_answers_.size() > Accusations::kAccusersKept) own_answers_.pop_front();
  send_to_neighbours(own_beat_message(now), nullptr);
}

void Gossip::on_other_boot(const BootId& boot, Instant now) {
  if (boot == boot_) return;
  echo_ = boot;
  echo_until_ = now + settings_.heartbeat_interval * kEchoIntervals;
  send_to_neighbours(own_beat_message(now), nullptr);
}

// A beat of ours that we did not send: an old one of an earlier start, played back, or that of a clone. Each start
// draws a fresh boot id, so whoever echoes ours is alive now. Of two that live, the one that started later stands down.
void Gossip::on_own_identity(const BootId& boot, ByteView echo, std::uint64_t uptime_ms, Instant now) {
  if (!echo_ || *echo_ != boot || now >= echo_until_) on_other_boot(boot, now);
  if (!std::ranges::equal(echo, boot_)) return;
  const std::uint64_t ours = milliseconds(now - started_);
  older_twin_ |= uptime_ms > ours || (uptime_ms == ours && boot < boot_);
}

// ---- Time

void Gossip::on_deadline(Instant now) {
  forgive_stall(now);
  ping(now);
  accuse_silent(now);
  judge_all(now);
  check_isolation(now);
  pass_over_silent_leader(now);
  if (leader() == self_ && now >= next_epoch_) {
    next_epoch_ = now + settings_.heartbeat_interval;
    ++epoch_;
    send_to_neighbours(own_beat_message(now), nullptr);
  }
}

Instant Gossip::next_deadline() const {
  if (judge_again_) return Instant::min();
  Instant next = std::min(next_ping_, next_due_);
  if (leader() == self_) next = std::min(next, next_epoch_);
  for (const crypto::IdentityKey& doubted : doubted_) {
    const State& state = states_.at(doubted);
    if (state.convicted && state.liveness != Liveness::down) next = std::min(next, *state.convicted + answer_time());
  }
  return next;
}

// ---- Who leads

std::optional<crypto::IdentityKey> Gossip::leader() const {
  for (const RosterPtr& member : roster_) {
    if (!member->on_rings || member->offline) continue;
    const crypto::IdentityKey& identity = member->identity;
    if (identity == self_ || (!isolated_ && !is_down(identity) && !passed_over_.contains(identity))) return identity;
  }
  return std::nullopt;
}

void Gossip::follow_leader(Instant now) {
  const auto now_led_by = leader();
  if (now_led_by == led_by_) return;
  led_by_ = now_led_by;
  led_since_ = now;
  changes_.leader = true;
  if (led_by_ == self_) next_epoch_ = now;
}

void Gossip::pass_over_silent_leader(Instant now) {
  follow_leader(now);
  if (!led_by_ || *led_by_ == self_) return;
  const State* state = state_of(*led_by_);
  const Instant last = state ? std::max(led_since_, state->epoch_heard) : led_since_;
  if (now < last + leader_time()) return;
  passed_over_.insert(*led_by_);
  follow_leader(now);
}

// ---- Looking

Liveness Gossip::liveness(const crypto::IdentityKey& member) const {
  if (member == self_) return Liveness::alive;
  const RosterEntry* entry = find(member);
  if (!entry || (isolated_ && !entry->offline)) return Liveness::down;
  return liveness_of(member);
}

std::vector<Outgoing> Gossip::take_outgoing(Instant now) {
  for (const Outgoing& out : outgoing_)
    if (const auto neighbour = neighbours_.find(out.to); neighbour != neighbours_.end()) neighbour->second.told = now;
  return std::exchange(outgoing_, {});
}

void Gossip::set_liveness(const crypto::IdentityKey& member, Liveness liveness, Instant now) {
  if (liveness_of(member) == liveness) return;
  State& state = states_[member];
  state.liveness = liveness;
  state.since = now;
  if (liveness == Liveness::alive) {
    doubted_.erase(member);
  } else {
    doubted_.insert(member);
  }
  changes_.liveness.push_back(member);
}

// ---- Saying

Bytes Gossip::own_beat_message(Instant now) {
  const RosterEntry* self = find(self_);
  wire::Beat beat;
  beat.set_identity(text(self_.view()));
  beat.set_boot_id(text(boot_));
  beat.set_sequence(++sequence_);
  beat.set_uptime_ms(milliseconds(now - started_));
  beat.set_incarnation(self ? self->incarnation : 0);
  if (echo_ && now < echo_until_) beat.set_echo(text(*echo_));
  if (leader() == self_) {
    beat.set_epoch(epoch_);
    beat.set_digest(text(digest_));
  }
  for (const OwnAnswer& answer : own_answers_) beat.add_answers(text(answer.id));
  const std::string payload = beat.SerializeAsString();
  return beat_message(as_bytes(payload), crypto::sign(key_, kBeatDomain, signed_text(mesh_, as_bytes(payload))));
}

std::vector<crypto::IdentityKey> Gossip::listeners() const {
  std::vector<crypto::IdentityKey> out;
  for (const auto& [neighbour, state] : neighbours_)
    if (state.sessions > 0 && wanted_.contains(neighbour)) out.push_back(neighbour);
  for (const auto& [neighbour, state] : neighbours_) {
    if (out.size() >= kListeners) break;
    if (state.sessions > 0 && !wanted_.contains(neighbour)) out.push_back(neighbour);
  }
  return out;
}

void Gossip::send_to_neighbours(const Bytes& message, const crypto::IdentityKey* except) {
  for (const crypto::IdentityKey& neighbour : listeners())
    if (!except || neighbour != *except) outgoing_.push_back({neighbour, message});
}

// In the order of keys, from our own on and round to it: so the neighbours of one who knows nothing begin with
// different ones.
void Gossip::tell_standing(const crypto::IdentityKey& to, Neighbour& neighbour, Instant now) {
  if (neighbour.sessions == 0 || now < neighbour.tell_standing_at) return;
  std::vector<crypto::IdentityKey> in_turn;
  for (const auto& [accused, standing] : accusations_.all()) in_turn.push_back(accused);
  const auto turn = [this](const crypto::IdentityKey& accused) { return std::pair(accused < self_, accused); };
  std::ranges::sort(in_turn, {}, turn);
  if (neighbour.standing_told)
    std::erase_if(in_turn, [&](const auto& accused) { return turn(accused) <= turn(*neighbour.standing_told); });
  const bool last = in_turn.size() <= kToldAtOnce;
  if (!last) in_turn.resize(kToldAtOnce);
  std::ranges::sort(in_turn);
  send_standing(to, [&](const auto& accused) { return std::ranges::binary_search(in_turn, accused); });
  neighbour.tell_standing_at = last ? kNever : now;
  if (!last) neighbour.standing_told = std::ranges::max(in_turn, {}, turn);
}

void Gossip::send_standing(const crypto::IdentityKey& to,
                           const std::function<bool(const crypto::IdentityKey&)>& against) {
  wire::Envelope envelope;
  const auto flush = [&] {
    if (!envelope.has_accusations()) return;
    outgoing_.push_back({to, to_bytes(as_bytes(envelope.SerializeAsString()))});
    envelope.Clear();
  };
  for (const auto& [accused, standing] : accusations_.all()) {
    if (!against(accused)) continue;
    for (const Accusation& accusation : std::span(standing).first(std::min(standing.size(), kAgree))) {
      accusation.add_to(*envelope.mutable_accusations());
      if (static_cast<std::size_t>(envelope.accusations().accusations_size()) == limits::kAccusationsPerMessage)
        flush();
    }
  }
  flush();
}

}  // namespace smeg::gossip
