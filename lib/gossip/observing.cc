// With whom sessions are held, who is heard, who is accused, and when that is enough.
#include <algorithm>

#include "gossip/gossip.h"
#include "wire/session.pb.h"

namespace smeg::gossip {
namespace {

using namespace std::chrono_literals;

// On each ring, so many may observe a member; so many are looked at to see whether they should accuse too, and so many
// are tried one after the other where the nearest can't be reached.
constexpr std::size_t kReach = 8;
constexpr std::size_t kNear = 2;
constexpr std::size_t kWalk = 4;
constexpr std::size_t kClientRings = 2;

}  // namespace

bool Gossip::is_near(const crypto::IdentityKey& observer, const crypto::IdentityKey& subject) const {
  return rings_.is_near(observer, spot_of(subject), kReach,
                        [&](const crypto::IdentityKey& other) { return is_down(other); });
}

// ---- Neighbours

// On each ring the nearest on both sides, and the nearest of those that are alive: the ones that are down are dialled
// for as long as they are members. A client stands on no ring, and has the two that stand before it.
void Gossip::choose_neighbours(Instant now) {
  std::set<crypto::IdentityKey> chosen;
  const RosterEntry* self = find(self_);
  if (self && !self->offline) {
    const bool on_rings = self->on_rings;
    for (std::size_t ring = 0; ring < (on_rings ? kRings : kClientRings); ++ring) {
      walk_for_neighbours(ring, Rings::Direction::before, now, chosen);
      if (on_rings) walk_for_neighbours(ring, Rings::Direction::behind, now, chosen);
    }
  }
  for (const auto& [member, until] : asked_)
    if (now < until) chosen.insert(member);
  if (chosen == wanted_) return;
  for (const crypto::IdentityKey& member : chosen) {
    if (wanted_.contains(member)) continue;
    Neighbour& neighbour = neighbours_[member];
    neighbour.wanted_since = now;
    neighbour.observed = observes(member);
    if (neighbour.sessions == 0 && neighbour.observed) set_due(neighbour, std::min(neighbour.due, now + leader_time()));
  }
  wanted_ = std::move(chosen);
  wanted_changed_ = true;
  // One that is not wanted any more and was never reached is nobody's business here; one whose session broke is.
  std::erase_if(neighbours_, [&](const auto& entry) {
    const bool of_use = entry.second.due != kNever && entry.second.heard != Instant{};
    return entry.second.sessions == 0 && !of_use && !wanted_.contains(entry.first);
  });
}

// Where the nearest can't be reached for a while (both may be behind address translation), the next one is tried too.
void Gossip::walk_for_neighbours(std::size_t ring, Rings::Direction direction, Instant now,
                                 std::set<crypto::IdentityKey>& out) const {
  const Spot self = spot_of(self_);
  rings_.walk(self, ring, direction, [&](const crypto::IdentityKey& nearest) {
    out.insert(nearest);
    return false;
  });
  std::size_t left = kWalk;
  rings_.walk(self, ring, direction, [&](const crypto::IdentityKey& member) {
    if (is_down(member)) return true;
    out.insert(member);
    const auto neighbour = neighbours_.find(member);
    if (neighbour == neighbours_.end() || neighbour->second.sessions > 0 || !wanted_.contains(member)) return false;
    return now >= neighbour->second.wanted_since + leader_time() && --left > 0;
  });
}

// ---- Hearing

// Time in which this process did not run, or the host slept, is nobody else's silence.
void Gossip::forgive_stall(Instant now) {
  const Duration stall = now - woken_ - ping_interval();
  woken_ = now;
  if (stall < settings_.heartbeat_interval / 8) return;
  const auto later = [&](Instant& when) {
    if (when != kNever && when != Instant{}) when += stall;
  };
  for (auto& [member, neighbour] : neighbours_) {
    later(neighbour.heard);
    later(neighbour.due);
  }
  for (const crypto::IdentityKey& doubted : doubted_)
    if (auto& convicted = states_.at(doubted).convicted) later(*convicted);
  later(led_since_);
  later(alone_since_);
}

// To those who observe this member, and have not just heard something else; the others have no use for it.
void Gossip::ping(Instant now) {
  if (now < next_ping_) return;
  next_ping_ = now + ping_interval() - jitter_.jitter(ping_interval() / 10);
  wire::Envelope envelope;
  envelope.mutable_ping();
  const Bytes message = to_bytes(as_bytes(envelope.SerializeAsString()));
  const auto observers =
      rings_.observers(spot_of(self_), kReach, [&](const crypto::IdentityKey& other) { return is_down(other); });
  for (const auto& [member, neighbour] : neighbours_) {
    const bool silent = now >= neighbour.told + ping_interval() / 2;
    if (neighbour.sessions > 0 && silent && (observers.contains(member) || is_down(member)))
      outgoing_.push_back({member, message});
  }
  // Whoever is heard and stands accused may not know of it: what it was told came before it knew the accuser.
  for (const auto& [member, neighbour] : neighbours_)
    if (neighbour.sessions > 0 && now < neighbour.heard + silence() && is_suspect(member))
      send_standing(member, [&self = member](const auto& accused) { return accused == self; });
  for (auto& [member, neighbour] : neighbours_) tell_standing(member, neighbour, now);
  tell_again(now);
  std::erase_if(asked_, [&](const auto& entry) { return now >= entry.second; });
  choose_neighbours(now);
}

// A suspicion that lasts is told to one neighbour after the other: whoever knows the answer gives it.
void Gossip::tell_again(Instant now) {
  const auto lasts = [&](const crypto::IdentityKey& accused) {
    const State* state = state_of(accused);
    return state && state->liveness == Liveness::suspect && now >= state->since + settings_.heartbeat_interval;
  };
  if (std::ranges::none_of(accusations_.all(), [&](const auto& entry) { return lasts(entry.first); })) return;
  std::vector<crypto::IdentityKey> open;
  for (const auto& [member, neighbour] : neighbours_)
    if (neighbour.sessions > 0) open.push_back(member);
  if (!open.empty()) send_standing(open[jitter_.below(open.size())], lasts);
}

bool Gossip::hears_others(const crypto::IdentityKey& but, Instant now) const {
  bool others = false;
  for (const auto& [member, neighbour] : neighbours_) {
    if (member == but || neighbour.heard == Instant{}) continue;
    if (neighbour.sessions > 0 && now < neighbour.heard + silence()) return true;
    others = true;
  }
  return !others;
}

// Where nobody is heard it is this host that is cut off.
void Gossip::accuse_silent(Instant now) {
  if (now < next_due_) return;
  std::vector<crypto::IdentityKey> silent;
  for (auto& [member, neighbour] : neighbours_) {
    if (now < neighbour.due) continue;
    if (isolated_ || !hears_others(member, now)) {
      neighbour.due = now + ping_interval();
      continue;
    }
    // One who was answered lately waits for longer than others have the patience to hear it out (is_news).
    const auto answered = accusations_.answered_at(member, self_);
    if (answered && now < *answered + 2 * settings_.heartbeat_interval) {
      neighbour.due = *answered + 2 * settings_.heartbeat_interval;
      continue;
    }
    neighbour.due = kNever;
    silent.push_back(member);
  }
  next_due_ = kNever;
  for (const auto& [member, neighbour] : neighbours_) next_due_ = std::min(next_due_, neighbour.due);
  for (const crypto::IdentityKey& member : silent) accuse(member, now);
}

void Gossip::accuse(const crypto::IdentityKey& member, Instant now) {
  const RosterEntry* entry = find(member);
  if (!entry || entry->offline || !observes(member)) return;
  if (std::ranges::find(accusations_.against(member), self_, &Accusation::accuser) !=
      accusations_.against(member).end())
    return;
  const auto accusation = Accusation::make(mesh_, key_, boot_, member, entry->boot, ++accusations_made_);
  wire::Envelope envelope;
  accusation.add_to(*envelope.mutable_accusations());
  accusations_.add(accusation);
  send_to_neighbours(to_bytes(as_bytes(envelope.SerializeAsString())), nullptr);
  judge(member, now);
}

// Others accuse somebody whom this member should know, and doesn't: it tries, and says so where that fails.
void Gossip::ask_ourselves(const crypto::IdentityKey& accused, Instant now) {
  const auto neighbour = neighbours_.find(accused);
  if (neighbour != neighbours_.end() && neighbour->second.sessions > 0) return;
  const bool near =
      rings_.is_near(self_, spot_of(accused), kNear, [&](const auto& other) { return is_suspect(other); });
  if (!near) return;
  asked_.try_emplace(accused, now + leader_time());
  Neighbour& kept = neighbours_[accused];
  kept.observed = true;
  set_due(kept, std::min(kept.due, now + try_time()));
  choose_neighbours(now);
}

std::vector<crypto::IdentityKey> Gossip::asked() const {
  std::vector<crypto::IdentityKey> out;
  for (const auto& [member, until] : asked_)
    if (wanted_.contains(member)) out.push_back(member);
  return out;
}

// ---- Judging

bool Gossip::enough_accuse(const crypto::IdentityKey& accused) const {
  const auto& standing = accusations_.against(accused);
  const auto accuses = [&](const crypto::IdentityKey& member) {
    return std::ranges::any_of(standing, [&](const Accusation& one) { return one.accuser == member; });
  };
  const auto silent_or_spoken = [&](const crypto::IdentityKey& member) {
    return is_suspect(member) || accuses(member);
  };
  const std::size_t others = rings_.observers(spot_of(accused), kNear, silent_or_spoken).size();
  return !standing.empty() && standing.size() >= std::min(kAgree, standing.size() + others);
}

void Gossip::judge(const crypto::IdentityKey& accused, Instant now) {
  if (accused == self_ || !find(accused)) return;
  const bool was_down = liveness_of(accused) == Liveness::down;
  // Who came near only because those between were down is not heard any more when they are back.
  accusations_.drop(accused, [&](const crypto::IdentityKey& accuser) { return !is_near(accuser, accused); });
  if (!enough_accuse(accused)) {
    if (const auto state = states_.find(accused); state != states_.end()) state->second.convicted.reset();
    set_liveness(accused, accusations_.against(accused).empty() ? Liveness::alive : Liveness::suspect, now);
  } else {
    State& state = states_[accused];
    if (!state.convicted) state.convicted = now;
    const bool time_is_over = now >= *state.convicted + answer_time();
    set_liveness(accused, was_down || time_is_over ? Liveness::down : Liveness::suspect, now);
  }
  if (was_down == (liveness_of(accused) == Liveness::down)) return;
  judge_again_ |= was_down;
  follow_leader(now);
  choose_neighbours(now);
}

// What is known of one may be what was missing about another.
void Gossip::judge_all(Instant now) {
  judge_again_ = false;
  const std::vector<crypto::IdentityKey> doubted(doubted_.begin(), doubted_.end());
  for (const crypto::IdentityKey& member : doubted) judge(member, now);
}

void Gossip::check_isolation(Instant now) {
  const bool alone = std::ranges::none_of(neighbours_, [](const auto& entry) { return entry.second.sessions > 0; });
  if (isolated_ || !alone || roster_.size() < 2 || now < alone_since_ + leader_time()) return;
  isolated_ = true;
  changes_.all = true;
  follow_leader(now);
}

}  // namespace smeg::gossip
