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
constexpr unsigned kBeatsAhead = 32;     // of one signer, ahead of the pace that is taken

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
      relay_(apart()),
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
  make_room(roster_);
  const auto place = place_of(entry->identity);
  const bool fresh = place == roster_.end() || (*place)->identity != entry->identity;
  if (!fresh && **place == *entry) return;
  const bool again = !fresh && ((*place)->incarnation != entry->incarnation || (*place)->boot != entry->boot);
  if (again || entry->offline) {
    accusations_.forget(entry->identity);
    passed_over_.erase(entry->identity);
    set_liveness(entry->identity, Liveness::alive, now);
  }
  // What was said of the start before counts no more: where this one can't be reached either, it is to be said anew.
  if (const auto neighbour = neighbours_.find(entry->identity); again && neighbour != neighbours_.end())
    if (neighbour->second.sessions == 0 && neighbour->second.observed) set_due(neighbour->second, now + leader_time());
  own_clients_stale_ = true;
  if (entry->on_rings && !entry->offline) {
    rings_.add(*entry);
  } else {
    rings_.remove(*entry);
  }
  if (!entry->on_rings && !entry->offline) {
    clients_.add(*entry);
  } else {
    clients_.remove(*entry);
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
  clients_.remove(**place);
  own_clients_stale_ = true;
  roster_.erase(place);
}

void Gossip::roster_changed(Instant now) {
  others_back_ = true;
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
  neighbour.awaited = kNever;
  neighbour.observed = observes(member);
  on_message(member, now);
  if (std::exchange(isolated_, false)) {
    // The others need not be found by turns any more: most are about to be heard of.
    std::erase_if(tried_, [&](const auto& other) { return other != member; });
    choose_again_ = changes_.all = true;
    follow_leader(now);
  }
  // An accusation against itself it will answer. And what else goes on here, for one who may know nothing of it. Where
  // two sides of a split meet again, those who stand accused are about to answer by sessions of their own: only what
  // stands a moment later is worth telling.
  send_accusers(member);
  neighbour.standing_told = {};
  neighbour.tell_standing_at = is_suspect(member) ? now + settings_.heartbeat_interval : now;
  tell_standing(member, neighbour, now);
  if (leader_beat_) send(member, {&*leader_beat_});
  if (leader() == self_ || !own_answers_.empty() || (echo_ && now < echo_until_)) {
    const Statement own = own_beat(now);
    send(member, {&own});
  }
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

void Gossip::count(Heard& heard, Verdict verdict) {
  switch (verdict) {
    case Verdict::fresh: ++heard.fresh; return;
    case Verdict::stale: ++heard.stale; return;
    case Verdict::bad: ++heard.bad; return;
    case Verdict::over: ++heard.over; return;
  }
}

Heard Gossip::on_beats(const crypto::IdentityKey& from, const wire::Beats& beats, Instant now) {
  if (static_cast<std::size_t>(beats.beats_size()) > limits::kBeatsPerMessage) return {.bad = 1};
  Heard heard;
  for (const wire::SignedBeat& beat : beats.beats()) count(heard, on_beat(from, beat, now));
  choose_again(now);
  return heard;
}

Heard Gossip::on_accusations(const crypto::IdentityKey& from, const wire::Accusations& accusations, Instant now) {
  if (static_cast<std::size_t>(accusations.accusations_size()) > limits::kAccusationsPerMessage) return {.bad = 1};
  Heard heard;
  Proofs proofs;
  for (const wire::SignedAccusation& one : accusations.accusations())
    count(heard, on_accusation(from, one, proofs, now));
  std::vector<const Statement*> told;
  for (const auto& proof : proofs) told.push_back(proof.get());
  send(from, told);
  choose_again(now);
  return heard;
}

// Cheap checks first: the signature is looked at only where the beat would tell us something.
Gossip::Verdict Gossip::on_beat(const crypto::IdentityKey& from, const wire::SignedBeat& in, Instant now) {
  const ByteView payload = as_bytes(in.payload()), signature = as_bytes(in.signature());
  relay_.heard(signature, from);
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
  const State* before = state_of(*identity);
  const Boot* known = own ? find_boot(own_other_boots_, boot) : before ? find_boot(before->boots, boot) : nullptr;
  const bool newest = !known || beat.sequence() > known->sequence;
  const bool called_for = !own && answers_what_stands(*identity, beat);
  if (!newest && !called_for) return Verdict::stale;
  // Whoever signs may make up as many answers as it likes, to what nobody said: it has a bucket, which only what it has
  // signed empties.
  const std::size_t bucket = !own && member->boot == boot ? 0 : 1;
  const Duration ahead = kBeatsAhead * beats_apart();
  if (!own && !called_for && before && now + ahead <= before->paced[bucket]) return Verdict::over;
  if (!crypto::verify(*identity, kBeatDomain, signed_text(mesh_, payload), signature)) return Verdict::bad;
  Statement said{Statement::Kind::beat, to_bytes(payload), to_bytes(signature)};
  if (own) {
    keep_boot(own_other_boots_, boot).sequence = beat.sequence();
    on_own_identity(boot, as_bytes(beat.echo()), beat.uptime_ms(), now);
    relay_.add(std::move(said), from);
    return Verdict::fresh;
  }
  State& state = states_[*identity];
  if (!called_for) state.paced[bucket] = std::max(state.paced[bucket], now) + beats_apart();
  Boot& kept = keep_boot(state.boots, boot);
  kept.sequence = std::max(kept.sequence, beat.sequence());
  bool news = newest && !beat.echo().empty();
  news |= take_answers(*identity, beat, said, now);
  if (newest && take_epoch(*member, state, kept, beat, now)) {
    leader_beat_ = said;
    news = true;
  }
  if (!news) return Verdict::stale;
  relay_.add(std::move(said), from);
  return Verdict::fresh;
}

bool Gossip::answers_what_stands(const crypto::IdentityKey& accused, const wire::Beat& beat) const {
  return std::ranges::any_of(accusations_.against(accused), [&](const Accusation& standing) {
    return std::ranges::any_of(
        beat.answers(), [&](const std::string& answer) { return std::ranges::equal(as_bytes(answer), standing.id); });
  });
}

bool Gossip::take_answers(const crypto::IdentityKey& accused, const wire::Beat& beat, const Statement& proof,
                          Instant now) {
  if (beat.answers().empty()) return false;
  bool any = false;
  const auto kept = std::make_shared<const Statement>(proof);
  for (const std::string& answer : beat.answers()) {
    AccusationId id;
    if (answer.size() != id.size()) continue;
    std::ranges::copy(as_bytes(answer), id.begin());
    any |= accusations_.answer(accused, id, kept, now);
  }
  if (!any) return false;
  // A client that lives without us is not asked for again so soon.
  if (const auto neighbour = neighbours_.find(accused);
      neighbour != neighbours_.end() && neighbour->second.sessions == 0 && neighbour->second.awaited != kNever)
    neighbour->second.due = kNever;
  judge(accused, now);
  return true;
}

// Paced by its receivers: one that comes too soon after the last is not passed on.
bool Gossip::take_epoch(const RosterEntry& member, State& state, Boot& boot, const wire::Beat& beat, Instant now) {
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
  return true;
}

Gossip::Verdict Gossip::on_accusation(const crypto::IdentityKey& from, const wire::SignedAccusation& in, Proofs& proofs,
                                      Instant now) {
  relay_.heard(as_bytes(in.signature()), from);
  auto parsed = Accusation::parse(as_bytes(in.payload()), as_bytes(in.signature()));
  if (!parsed) return Verdict::bad;
  const bool of_us = parsed->accused == self_;
  const RosterEntry* accused = find(parsed->accused);
  if (!accused || accused->offline || !find(parsed->accuser)) return Verdict::stale;
  if (parsed->accused_boot != (of_us ? boot_ : accused->boot)) return Verdict::stale;
  if (of_us) return hear_out(*parsed, now);
  if (auto proof = accusations_.proof(*parsed, on_its_way(), now);
      proof && std::ranges::find(proofs, proof) == proofs.end())
    proofs.push_back(std::move(proof));
  if (!accusations_.is_news(*parsed, settings_.heartbeat_interval, now) || !is_near(parsed->accuser, parsed->accused))
    return Verdict::stale;
  if (!parsed->is_authentic(mesh_)) return Verdict::bad;
  const crypto::IdentityKey about = parsed->accused;
  relay_.add(parsed->said, from);
  accusations_.add(*std::move(parsed));
  ask_ourselves(about, now);
  judge(about, now);
  return Verdict::fresh;
}

// What accuses this member is answered, not passed on: the answer goes wherever the accusation would.
Gossip::Verdict Gossip::hear_out(const Accusation& accusation, Instant now) {
  const auto known = std::ranges::find(own_answers_, accusation.id, &OwnAnswer::id);
  if (known != own_answers_.end() && now < known->said + answer_time()) return Verdict::stale;
  if (!is_near(accusation.accuser, self_)) return Verdict::stale;
  if (!accusation.is_authentic(mesh_)) return Verdict::bad;
  if (known != own_answers_.end()) own_answers_.erase(known);
  own_answers_.push_back({accusation.id, now});
  if (own_answers_.size() > Accusations::kAccusersKept) own_answers_.pop_front();
  const bool full = ++unanswered_ == Accusations::kAccusersKept;
  next_answer_ = std::min(next_answer_, full ? now : std::max(now, answered_ + answers_apart()));
  say_answers(now);
  return Verdict::fresh;
}

void Gossip::say_answers(Instant now) {
  if (now < next_answer_) return;
  next_answer_ = kNever;
  answered_ = now;
  unanswered_ = 0;
  relay_.add(own_beat(now), {});
}

void Gossip::on_other_boot(const BootId& boot, Instant now) {
  if (boot == boot_) return;
  echo_ = boot;
  echo_until_ = now + settings_.heartbeat_interval * kEchoIntervals;
  relay_.add(own_beat(now), {});
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
  judge_doubted(now);
  choose_again(now);
  check_isolation(now);
  pass_over_silent_leader(now);
  say_answers(now);
  if (leader() == self_ && now >= next_epoch_) {
    next_epoch_ = now + settings_.heartbeat_interval;
    ++epoch_;
    relay_.add(own_beat(now), {});
  }
}

Instant Gossip::next_deadline() const {
  const Instant next = std::min({next_ping_, next_due_, next_judged_, next_answer_, relay_.due()});
  return led_by_ == self_ ? std::min(next, next_epoch_) : next;
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
  if (now >= relay_.due()) {
    std::vector<Outgoing> relayed = relay_.take(listeners(), now);
    std::ranges::move(relayed, std::back_inserter(outgoing_));
  }
  for (const Outgoing& out : outgoing_)
    if (const auto neighbour = neighbours_.find(out.to); neighbour != neighbours_.end()) neighbour->second.told = now;
  return std::exchange(outgoing_, {});
}

void Gossip::set_liveness(const crypto::IdentityKey& member, Liveness liveness, Instant now) {
  const Liveness before = liveness_of(member);
  if (before == liveness) return;
  if (liveness == Liveness::alive) {
    doubted_.erase(member);
  } else {
    Doubt& doubt = doubted_[member];
    doubt.liveness = liveness;
    doubt.since = now;
  }
  others_gone_ |= before == Liveness::alive;
  others_back_ |= before == Liveness::down;
  own_clients_stale_ |= before == Liveness::down || liveness == Liveness::down;
  judge_by(std::max(now, judged_ + judged_apart()));
  changes_.liveness.push_back(member);
}

// ---- Saying

Statement Gossip::own_beat(Instant now) {
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
  Statement out{Statement::Kind::beat, to_bytes(as_bytes(beat.SerializeAsString())), {}};
  out.signature = to_bytes(crypto::sign(key_, kBeatDomain, signed_text(mesh_, out.payload)));
  return out;
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

void Gossip::send(const crypto::IdentityKey& to, const std::vector<const Statement*>& statements) {
  std::vector<Outgoing> said = say(to, statements);
  std::ranges::move(said, std::back_inserter(outgoing_));
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
  std::vector<const Statement*> told;
  for (const auto& [accused, standing] : accusations_.all()) {
    if (!against(accused)) continue;
    for (const Accusation& accusation : std::span(standing).first(std::min(standing.size(), kAgree)))
      told.push_back(&accusation.said);
  }
  send(to, told);
}

// To itself: it has to answer each of them.
void Gossip::send_accusers(const crypto::IdentityKey& accused) {
  std::vector<const Statement*> told;
  for (const Accusation& accusation : accusations_.against(accused)) told.push_back(&accusation.said);
  send(accused, told);
}

}  // namespace smeg::gossip
