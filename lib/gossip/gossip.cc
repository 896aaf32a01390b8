#include "gossip/gossip.h"

#include <algorithm>
#include <utility>

#include "wire/session.pb.h"

namespace smeg::gossip {
namespace {

constexpr std::string_view kBeatDomain = "smegmesh beat 1";
constexpr std::size_t kBootsPerMember = 4;
constexpr unsigned kEchoIntervals = 5;

std::string text(ByteView bytes) { return to_string(bytes); }

// What is signed: the mesh id in front, so that a beat for one mesh never counts in another.
Bytes signed_text(const Bytes& mesh, ByteView payload) {
  Bytes out = mesh;
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

std::uint64_t milliseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// Advances what is known of a boot; false where the sequence is not beyond it. A member has few boots at a time: the
// oldest is forgotten, which at worst lets an old beat of it pass once more.
template <class Boots>
bool advance(Boots& boots, const BootId& id, std::uint64_t sequence) {
  const auto known = std::ranges::find_if(boots, [&](const auto& boot) { return boot.id == id; });
  if (known != boots.end()) {
    if (sequence <= known->sequence) return false;
    known->sequence = sequence;
    return true;
  }
  if (boots.size() == kBootsPerMember) boots.erase(boots.begin());
  boots.push_back({id, sequence});
  return true;
}

template <class Boots>
bool is_stale(const Boots& boots, const BootId& id, std::uint64_t sequence) {
  return std::ranges::any_of(boots, [&](const auto& boot) { return boot.id == id && sequence <= boot.sequence; });
}

}  // namespace

Gossip::Gossip(Settings settings, const MeshId& mesh, const crypto::IdentityPrivateKey& key, const BootId& boot,
               Rng& jitter, Instant now)
    : settings_(settings),
      mesh_(mesh.bytes.begin(), mesh.bytes.end()),
      key_(key),
      self_(crypto::signing_public_key(key)),
      boot_(boot),
      jitter_(jitter),
      started_(now),
      next_beat_(now + jitter.jitter(settings.heartbeat_interval)) {}

void Gossip::set_roster(const std::vector<RosterEntry>& roster, Instant now) {
  std::map<crypto::IdentityKey, Member> next;
  for (const RosterEntry& entry : roster) {
    auto known = members_.extract(entry.identity);
    Member member;
    member.heard = member.since = now;
    if (known) member = std::move(known.mapped());
    const bool again = member.incarnation != 0 && member.incarnation != entry.incarnation;
    if (again) member.boots.clear();
    member.incarnation = entry.incarnation;
    member.may_lead = entry.may_lead;
    if (entry.identity == self_) member.liveness = Liveness::alive;
    if (!known && neighbours_.contains(entry.identity)) member.liveness = Liveness::alive;
    next.emplace(entry.identity, std::move(member));
  }
  members_ = std::move(next);
  changed_ = true;
}

void Gossip::neighbour_up(const crypto::IdentityKey& member, Instant now) {
  ++neighbours_[member];
  if (const auto found = members_.find(member); found != members_.end()) heard(found->second, now);
  outgoing_.push_back({member, own_beat_message(now)});
}

void Gossip::neighbour_down(const crypto::IdentityKey& member) {
  const auto found = neighbours_.find(member);
  if (found != neighbours_.end() && --found->second == 0) neighbours_.erase(found);
}

BeatCount Gossip::on_beats(const crypto::IdentityKey& from, ByteView beats, Instant now) {
  BeatCount count;
  wire::Beats message;
  if (!message.ParseFromArray(beats.data(), static_cast<int>(beats.size())) ||
      static_cast<std::size_t>(message.beats_size()) > limits::kBeatsPerMessage)
    return {.bad = 1};
  wire::Envelope passed_on;
  for (const wire::SignedBeat& beat : message.beats()) {
    switch (on_beat(as_bytes(beat.payload()), as_bytes(beat.signature()), now)) {
      case Verdict::fresh:
        ++count.fresh;
        *passed_on.mutable_beats()->add_beats() = beat;
        break;
      case Verdict::stale: ++count.stale; break;
      case Verdict::bad: ++count.bad; break;
    }
  }
  if (count.fresh > 0) send_to_neighbours(to_bytes(passed_on.SerializeAsString()), &from);
  return count;
}

// Cheap checks first: the signature is looked at only where the beat would tell us something.
Gossip::Verdict Gossip::on_beat(ByteView payload, ByteView signature, Instant now) {
  wire::Beat beat;
  if (payload.size() > limits::kBeatBytes || !beat.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
      beat.boot_id().size() != 16)
    return Verdict::bad;
  const auto identity = crypto::IdentityKey::from(as_bytes(beat.identity()));
  if (!identity) return Verdict::bad;
  BootId boot;
  std::ranges::copy(as_bytes(beat.boot_id()), boot.begin());
  const bool own = *identity == self_;
  if (own && boot == boot_) return Verdict::stale;
  const auto found = members_.find(*identity);
  if (!own && (found == members_.end() || found->second.incarnation != beat.incarnation())) return Verdict::stale;
  auto& boots = own ? own_other_boots_ : found->second.boots;
  if (is_stale(boots, boot, beat.sequence())) return Verdict::stale;
  if (!crypto::verify(*identity, kBeatDomain, signed_text(mesh_, payload), signature)) return Verdict::bad;
  advance(boots, boot, beat.sequence());
  if (own) {
    on_own_identity(boot, as_bytes(beat.echo()), beat.uptime_ms(), now);
    return Verdict::fresh;
  }
  heard(found->second, now);
  if (beat.epoch() != 0 && leader() == *identity) {
    ++epochs_heard_;
    leader_digest_ = to_bytes(as_bytes(beat.digest()));
  }
  return Verdict::fresh;
}

// A beat of ours that we did not send: an old one of an earlier start, played back, or that of a clone. Each start
// draws a fresh boot id, so whoever echoes ours is alive now. Of two that live, the one that started later stands down.
void Gossip::on_own_identity(const BootId& boot, ByteView echo, std::uint64_t uptime_ms, Instant now) {
  echo_ = boot;
  echo_until_ = now + settings_.heartbeat_interval * kEchoIntervals;
  if (!std::ranges::equal(echo, boot_)) return;
  const std::uint64_t ours = milliseconds(now - started_);
  older_twin_ |= uptime_ms > ours || (uptime_ms == ours && boot < boot_);
}

void Gossip::on_deadline(Instant now) {
  if (now >= next_beat_) {
    send_own_beat(now);
    const Duration interval = settings_.heartbeat_interval;
    next_beat_ = now + interval - jitter_.jitter(interval / 10);
  }
  age(now);
}

void Gossip::age(Instant now) {
  for (auto& [identity, member] : members_) {
    if (identity == self_) continue;
    const Duration silent = now - member.heard;
    if (silent >= down_after()) {
      set_liveness(member, Liveness::down, now);
    } else if (silent >= suspect_after()) {
      set_liveness(member, Liveness::suspect, now);
    }
  }
}

Instant Gossip::next_deadline() const {
  Instant next = next_beat_;
  for (const auto& [identity, member] : members_) {
    if (identity == self_ || member.liveness == Liveness::down) continue;
    next = std::min(next, member.heard + (member.liveness == Liveness::suspect ? down_after() : suspect_after()));
  }
  return next;
}

Liveness Gossip::liveness(const crypto::IdentityKey& member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? Liveness::down : found->second.liveness;
}

std::optional<Instant> Gossip::since(const crypto::IdentityKey& member) const {
  const auto found = members_.find(member);
  if (found == members_.end()) return std::nullopt;
  return found->second.since;
}

std::optional<crypto::IdentityKey> Gossip::leader() const {
  for (const auto& [identity, member] : members_)
    if (member.may_lead && (identity == self_ || member.liveness != Liveness::down)) return identity;
  return std::nullopt;
}

std::vector<Outgoing> Gossip::take_outgoing() { return std::exchange(outgoing_, {}); }

bool Gossip::take_changed() { return std::exchange(changed_, false); }

void Gossip::heard(Member& member, Instant now) {
  member.heard = now;
  set_liveness(member, Liveness::alive, now);
}

void Gossip::set_liveness(Member& member, Liveness liveness, Instant now) {
  if (member.liveness == liveness) return;
  member.liveness = liveness;
  member.since = now;
  changed_ = true;
}

void Gossip::send_own_beat(Instant now) {
  if (!neighbours_.empty()) send_to_neighbours(own_beat_message(now), nullptr);
}

Bytes Gossip::own_beat_message(Instant now) {
  const auto self = members_.find(self_);
  wire::Beat beat;
  beat.set_identity(text(self_.view()));
  beat.set_boot_id(text(boot_));
  beat.set_sequence(++sequence_);
  beat.set_uptime_ms(milliseconds(now - started_));
  beat.set_incarnation(self == members_.end() ? 0 : self->second.incarnation);
  if (echo_ && now < echo_until_) beat.set_echo(text(*echo_));
  if (leader() == self_) {
    beat.set_epoch(++epoch_);
    beat.set_digest(text(digest_));
  }
  const std::string payload = beat.SerializeAsString();
  wire::Envelope envelope;
  wire::SignedBeat* out = envelope.mutable_beats()->add_beats();
  out->set_payload(payload);
  out->set_signature(text(crypto::sign(key_, kBeatDomain, signed_text(mesh_, as_bytes(payload)))));
  return to_bytes(envelope.SerializeAsString());
}

void Gossip::send_to_neighbours(const Bytes& message, const crypto::IdentityKey* except) {
  for (const auto& [neighbour, sessions] : neighbours_)
    if (!except || neighbour != *except) outgoing_.push_back({neighbour, message});
}

}  // namespace smeg::gossip
