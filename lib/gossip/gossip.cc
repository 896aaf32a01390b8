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

// The bodies of a message, one by one, and what is to be passed on of them.
template <class Message, class Take>
Heard take_all(const Message& message, std::size_t most, Take take) {
  Heard heard;
  if (static_cast<std::size_t>(message.size()) > most) return {.fresh = 0, .stale = 0, .bad = 1};
  for (const auto& one : message) take(one, heard);
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
      rings_(mesh),
      led_since_(now),
      alone_since_(now) {}

// ---- What the caller knows

void Gossip::set_roster(const std::vector<RosterEntry>& roster, Instant now) {
  std::set<crypto::IdentityKey> named;
  for (const RosterEntry& entry : roster) named.insert(entry.identity);
  std::vector<crypto::IdentityKey> gone;
  for (const auto& [identity, member] : members_)
    if (!named.contains(identity)) gone.push_back(identity);
  for (const crypto::IdentityKey& identity : gone) leave(identity);
  for (const RosterEntry& entry : roster) enter(entry, now);
  roster_changed(now);
}

void Gossip::set_member(const RosterEntry& entry, Instant now) {
  enter(entry, now);
  roster_changed(now);
}

void Gossip::remove_member(const crypto::IdentityKey& identity, Instant now) {
  leave(identity);
  roster_changed(now);
}

void Gossip::enter(const RosterEntry& entry, Instant now) {
  const auto [at, fresh] = members_.try_emplace(entry.identity);
  Member& member = at->second;
  if (fresh) member.since = now;
  const bool again = !fresh && (member.entry.incarnation != entry.incarnation || member.entry.boot != entry.boot);
  member.entry = entry;
  if (again || entry.offline) {
    accusations_.forget(entry.identity);
    passed_over_.erase(entry.identity);
    member.convicted.reset();
    set_liveness(member, Liveness::alive, now);
  }
  // What was said of the start before counts no more: where this one can't be reached either, it is to be said anew.
  if (const auto neighbour = neighbours_.find(entry.identity); again && neighbour != neighbours_.end())
    if (neighbour->second.sessions == 0 && neighbour->second.observed) set_due(neighbour->second, now + leader_time());
  if (entry.on_rings && !entry.offline) {
    rings_.add(entry.identity);
  } else {
    rings_.remove(entry.identity);
  }
}

void Gossip::leave(const crypto::IdentityKey& identity) {
  if (members_.erase(identity) == 0) return;
  accusations_.forget(identity);
  accusations_.forget_accuser(identity);
  passed_over_.erase(identity);
  doubted_.erase(identity);
  rings_.remove(identity);
}

void Gossip::roster_changed(Instant now) {
  judge_all(now);
  choose_neighbours(now);
  follow_leader(now);
  changed_ = true;
}

void Gossip::neighbour_up(const crypto::IdentityKey& member, Instant now) {
  Neighbour& neighbour = neighbours_[member];
  ++neighbour.sessions;
  neighbour.observed = observes(member);
  on_message(member, now);
  if (std::exchange(isolated_, false)) {
    changed_ = true;
    follow_leader(now);
  }
  // What goes on here, for one who may know nothing of it. An accusation against itself it will answer.
  send_standing(member, [](const auto&) { return true; });
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
  const Heard heard =
      take_all(message.beats(), limits::kBeatsPerMessage, [&](const wire::SignedBeat& beat, Heard& sum) {
        switch (on_beat(as_bytes(beat.payload()), as_bytes(beat.signature()), now)) {
          case Verdict::fresh:
            ++sum.fresh;
            *passed_on.mutable_beats()->add_beats() = beat;
            return;
          case Verdict::stale: ++sum.stale; return;
          case Verdict::bad: ++sum.bad; return;
        }
      });
  if (heard.fresh > 0) send_to_neighbours(to_bytes(as_bytes(passed_on.SerializeAsString())), &from);
  return heard;
}

Heard Gossip::on_accusations(const crypto::IdentityKey& from, ByteView accusations, Instant now) {
  wire::Accusations message;
  if (!message.ParseFromArray(accusations.data(), static_cast<int>(accusations.size()))) return {.bad = 1};
  wire::Envelope passed_on;
  const auto take = [&](const wire::SignedAccusation& accusation, Heard& sum) {
    switch (on_accusation(from, as_bytes(accusation.payload()), as_bytes(accusation.signature()), now)) {
      case Verdict::fresh:
        ++sum.fresh;
        *passed_on.mutable_accusations()->add_accusations() = accusation;
        return;
      case Verdict::stale: ++sum.stale; return;
      case Verdict::bad: ++sum.bad; return;
    }
  };
  const Heard heard = take_all(message.accusations(), limits::kAccusationsPerMessage, take);
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
  const auto found = members_.find(*identity);
  if (!own && (found == members_.end() || found->second.entry.incarnation != beat.incarnation())) return Verdict::stale;
  // Of two starts that live at once each record replaces the other's; what proves it passes whichever is newer.
  if (!own && found->second.entry.boot != boot && beat.echo().empty()) return Verdict::stale;
  auto& boots = own ? own_other_boots_ : found->second.boots;
  const Boot* known = find_boot(boots, boot);
  const bool newest = !known || beat.sequence() > known->sequence;
  if (!newest && (own || !answers_what_stands(*identity, beat))) return Verdict::stale;
  if (!crypto::verify(*identity, kBeatDomain, signed_text(mesh_, payload), signature)) return Verdict::bad;
  Boot& kept = keep_boot(boots, boot);
  kept.sequence = std::max(kept.sequence, beat.sequence());
  if (own) {
    on_own_identity(boot, as_bytes(beat.echo()), beat.uptime_ms(), now);
    return Verdict::fresh;
  }
  const Bytes message = beat_message(payload, signature);
  bool news = newest && !beat.echo().empty();
  news |= take_answers(*identity, beat, message, now);
  news |= newest && take_epoch(found->second, kept, beat, message, now);
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
bool Gossip::take_epoch(Member& member, Boot& boot, const wire::Beat& beat, const Bytes& message, Instant now) {
  if (beat.epoch() <= boot.epoch || !member.entry.on_rings || member.entry.offline) return false;
  if (now < member.epoch_heard + settings_.heartbeat_interval / 4) return false;
  const auto led_by = leader();
  if (led_by && *led_by < member.entry.identity) return false;
  boot.epoch = beat.epoch();
  member.epoch_heard = now;
  passed_over_.erase(member.entry.identity);
  follow_leader(now);
  if (leader() != member.entry.identity) return false;
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
  const auto accuser = members_.find(parsed->accuser);
  const auto accused = members_.find(parsed->accused);
  if (accuser == members_.end() || accused == members_.end() || accused->second.entry.offline) return Verdict::stale;
  if (parsed->accused_boot != (of_us ? boot_ : accused->second.entry.boot)) return Verdict::stale;
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
    const Member& member = members_.at(doubted);
    if (member.convicted && member.liveness != Liveness::down) next = std::min(next, *member.convicted + answer_time());
  }
  return next;
}

// ---- Who leads

std::optional<crypto::IdentityKey> Gossip::leader() const {
  for (const auto& [identity, member] : members_) {
    if (!member.entry.on_rings || member.entry.offline) continue;
    if (identity == self_ || (!isolated_ && member.liveness != Liveness::down && !passed_over_.contains(identity)))
      return identity;
  }
  return std::nullopt;
}

void Gossip::follow_leader(Instant now) {
  const auto now_led_by = leader();
  if (now_led_by == led_by_) return;
  led_by_ = now_led_by;
  led_since_ = now;
  changed_ = true;
  if (led_by_ == self_) next_epoch_ = now;
}

void Gossip::pass_over_silent_leader(Instant now) {
  follow_leader(now);
  if (!led_by_ || *led_by_ == self_) return;
  const Instant last = std::max(led_since_, members_.at(*led_by_).epoch_heard);
  if (now < last + leader_time()) return;
  passed_over_.insert(*led_by_);
  follow_leader(now);
}

// ---- Looking

Liveness Gossip::liveness(const crypto::IdentityKey& member) const {
  if (member == self_) return Liveness::alive;
  const auto found = members_.find(member);
  if (found == members_.end() || (isolated_ && !found->second.entry.offline)) return Liveness::down;
  return found->second.liveness;
}

std::optional<Instant> Gossip::since(const crypto::IdentityKey& member) const {
  const auto found = members_.find(member);
  if (found == members_.end()) return std::nullopt;
  return isolated_ ? std::max(alone_since_, found->second.since) : found->second.since;
}

std::vector<Outgoing> Gossip::take_outgoing(Instant now) {
  for (const Outgoing& out : outgoing_)
    if (const auto neighbour = neighbours_.find(out.to); neighbour != neighbours_.end()) neighbour->second.told = now;
  return std::exchange(outgoing_, {});
}

bool Gossip::take_changed() { return std::exchange(changed_, false); }

void Gossip::set_liveness(Member& member, Liveness liveness, Instant now) {
  if (member.liveness == liveness) return;
  member.liveness = liveness;
  member.since = now;
  if (liveness == Liveness::alive) {
    doubted_.erase(member.entry.identity);
  } else {
    doubted_.insert(member.entry.identity);
  }
  changed_ = true;
}

// ---- Saying

Bytes Gossip::own_beat_message(Instant now) {
  const auto self = members_.find(self_);
  wire::Beat beat;
  beat.set_identity(text(self_.view()));
  beat.set_boot_id(text(boot_));
  beat.set_sequence(++sequence_);
  beat.set_uptime_ms(milliseconds(now - started_));
  beat.set_incarnation(self == members_.end() ? 0 : self->second.entry.incarnation);
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
