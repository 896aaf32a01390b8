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

// Of those out of reach, so many are tried at a time by one who has no session at all, and by one who has some.
constexpr std::size_t kTriedAlone = 16;
constexpr std::size_t kTried = 2;

}  // namespace

bool Gossip::is_near(const crypto::IdentityKey& observer, const crypto::IdentityKey& subject) const {
  return rings_.is_near(observer, spot_of(subject), kReach,
                        [&](const crypto::IdentityKey& other) { return is_down(other); });
}

// ---- Neighbours

// On each ring the nearest on both sides, and the nearest of those that are alive: the ones that are down are dialled
// for as long as they are members. A client stands on no ring, and has the one that would stand before it on the first,
// and on the second the next one that it doesn't have yet: two, wherever there are two.
void Gossip::choose_neighbours(Instant now) {
  std::set<crypto::IdentityKey> chosen;
  const RosterEntry* self = find(self_);
  if (self && !self->offline) {
    for (std::size_t ring = 0; self->on_rings && ring < kRings; ++ring)
      for (const auto direction : {Rings::Direction::before, Rings::Direction::behind})
        walk_for_neighbours(ring, direction, now, {}, chosen);
    for (std::size_t ring = 0; !self->on_rings && ring < kClientRings; ++ring)
      walk_for_neighbours(ring, Rings::Direction::before, now, std::set(chosen), chosen);
  }
  for (const auto& [member, until] : asked_)
    if (now < until) chosen.insert(member);
  for (const crypto::IdentityKey& member : tried_)
    if (find(member)) chosen.insert(member);
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
    return entry.second.sessions == 0 && !of_use && entry.second.awaited == kNever && !wanted_.contains(entry.first);
  });
}

// Where the nearest can't be reached for a while (both may be behind address translation), the next one is tried too.
void Gossip::walk_for_neighbours(std::size_t ring, Rings::Direction direction, Instant now,
                                 const std::set<crypto::IdentityKey>& but, std::set<crypto::IdentityKey>& out) const {
  const Spot self = spot_of(self_);
  rings_.walk(self, ring, direction, [&](const crypto::IdentityKey& nearest) {
    if (but.contains(nearest)) return true;
    out.insert(nearest);
    return false;
  });
  std::size_t left = kWalk;
  rings_.walk(self, ring, direction, [&](const crypto::IdentityKey& member) {
    if (is_down(member) || but.contains(member)) return true;
    out.insert(member);
    const auto neighbour = neighbours_.find(member);
    if (neighbour == neighbours_.end() || neighbour->second.sessions > 0 || !wanted_.contains(member)) return false;
    // Where none can be reached, all the others have their turn instead.
    return !isolated_ && now >= neighbour->second.wanted_since + leader_time() && --left > 0;
  });
}

// The nearest may all be dead, and those who are not may not look for this one: a client, or one that they hold for
// down. So all the others have their turn, in the order of keys from our own on, where no session is left. The few on
// one side of a split may have no neighbours on the other: where half of all peers are down, those have their turn,
// too. Of two sides one sees that many; and where fewer are down, all the others would dial one that comes back.
void Gossip::try_others(Instant now) {
  if (now < next_try_) return;
  next_try_ = now + turn_time();
  // Who was found so stays until there are others, or the rings name it.
  const auto found = std::ranges::find_if(tried_, [this](const auto& member) { return has_session(member); });
  const bool others = std::ranges::any_of(wanted_, [this](const crypto::IdentityKey& member) {
    return has_session(member) && std::ranges::find(tried_, member) == tried_.end();
  });
  const auto before = std::exchange(tried_, {});
  if (found != before.end() && !others) tried_.push_back(*found);
  const RosterEntry* self = find(self_);
  if (!self || self->offline) return;
  const auto down = static_cast<std::size_t>(std::ranges::count_if(doubted_, [this](const auto& entry) {
    const RosterEntry* other = entry.second.liveness == Liveness::down ? find(entry.first) : nullptr;
    return other && other->on_rings;
  }));
  if (!isolated_ && (!self->on_rings || 2 * down < rings_.size())) return;
  std::size_t left = isolated_ ? kTriedAlone : kTried;
  const crypto::IdentityKey last = tried_up_to_.value_or(self_);
  auto next = static_cast<std::size_t>(place_of(last) - roster_.begin());
  if (find(last)) ++next;
  for (std::size_t steps = 0; steps < roster_.size() && left > 0; ++steps, ++next) {
    const RosterEntry& entry = *roster_[next % roster_.size()];
    const crypto::IdentityKey& member = entry.identity;
    const bool dialled = wanted_.contains(member) && std::ranges::find(before, member) == before.end();
    if (member == self_ || !entry.on_rings || entry.offline || dialled || has_session(member)) continue;
    if (!isolated_ && !is_down(member)) continue;
    tried_.push_back(member);
    tried_up_to_ = member;
    --left;
  }
}

// Whether the client would have a session with that peer, as choose_neighbours() has it, if it sees what we see.
bool Gossip::is_client_of(const crypto::IdentityKey& peer, const Spot& client) const {
  std::optional<crypto::IdentityKey> first;
  bool found = false;
  for (std::size_t ring = 0; ring < kClientRings && !found; ++ring) {
    rings_.walk(client, ring, Rings::Direction::before, [&](const crypto::IdentityKey& other) {
      if (is_down(other) || other == first) return true;
      found = other == peer;
      first = other;
      return false;
    });
  }
  return found;
}

// They stand behind this peer: on the first ring before the next peer, on the second before the one after that, for the
// first ring may have given them the next one already.
std::set<crypto::IdentityKey> Gossip::own_clients() const {
  std::set<crypto::IdentityKey> out;
  const RosterEntry* self = find(self_);
  if (!self || !self->on_rings || self->offline) return out;
  for (std::size_t ring = 0; ring < kClientRings; ++ring) {
    clients_.walk(*self, ring, Rings::Direction::behind, [&](const crypto::IdentityKey& client) {
      const Spot spot = spot_of(client);
      std::size_t between = 0;
      rings_.walk(spot, ring, Rings::Direction::before, [&](const crypto::IdentityKey& other) {
        return other != self_ && (is_down(other) || ++between <= ring);
      });
      if (between > ring) return false;
      if (is_client_of(self_, spot)) out.insert(client);
      return true;
    });
  }
  return out;
}

// Nobody dials a client: of one that died while none of its peers was there to see it, it would never be said. So a
// peer that a client should come to asks for it, by an accusation, which one who lives elsewhere answers.
void Gossip::await_clients(Instant now) {
  if (std::exchange(own_clients_stale_, false)) own_clients_ = own_clients();
  for (const crypto::IdentityKey& client : own_clients_) {
    Neighbour& neighbour = neighbours_[client];
    if (neighbour.sessions > 0) continue;
    if (isolated_) {
      neighbour.due = kNever;  // once others are heard, it has its time to come, too
    } else if (neighbour.awaited == kNever) {
      neighbour.awaited = now;
      neighbour.observed = true;
      set_due(neighbour, std::min(neighbour.due, now + turn_time()));
    } else if (neighbour.due == kNever && now >= neighbour.awaited + asked_again()) {
      neighbour.awaited = now;
      set_due(neighbour, now);
    }
  }
  for (auto entry = neighbours_.begin(); entry != neighbours_.end();) {
    auto& [member, neighbour] = *entry;
    const bool over = neighbour.awaited != kNever && (isolated_ || !own_clients_.contains(member));
    if (over) neighbour.awaited = kNever;
    const bool of_use = neighbour.sessions > 0 || neighbour.heard != Instant{} || wanted_.contains(member);
    entry = over && !of_use ? neighbours_.erase(entry) : std::next(entry);
  }
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
  for (auto& [member, doubt] : doubted_)
    if (doubt.convicted) later(*doubt.convicted);
  later(next_judged_);
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
    if (neighbour.sessions > 0 && now < neighbour.heard + silence() && is_suspect(member)) send_accusers(member);
  for (auto& [member, neighbour] : neighbours_) tell_standing(member, neighbour, now);
  tell_again(now);
  std::erase_if(asked_, [&](const auto& entry) { return now >= entry.second; });
  try_others(now);
  await_clients(now);
  choose_neighbours(now);
}

// A suspicion that lasts is told to one neighbour after the other: whoever knows the answer gives it.
void Gossip::tell_again(Instant now) {
  const auto lasts = [&](const crypto::IdentityKey& accused) {
    const auto doubt = doubted_.find(accused);
    return doubt != doubted_.end() && doubt->second.liveness == Liveness::suspect &&
           now >= doubt->second.since + settings_.heartbeat_interval;
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
    // Enough say so already, without this one; what they say may be answered.
    if (accusations_.against(member).size() >= kAgree) {
      neighbour.due = now + ping_interval();
      continue;
    }
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
  relay_.add(accusation.said, {});
  accusations_.add(accusation);
  judge(member, now);
}

// Others accuse somebody whom this member should know, and doesn't: it tries, and says so where that fails.
void Gossip::ask_ourselves(const crypto::IdentityKey& accused, Instant now) {
  if (has_session(accused)) return;
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
  return standing.size() >= kAgree || (!standing.empty() && !can_accuse(accused));
}

// Whether there is somebody who might, and has not.
bool Gossip::can_accuse(const crypto::IdentityKey& accused) const {
  const auto& standing = accusations_.against(accused);
  const auto silent_or_spoken = [&](const crypto::IdentityKey& member) {
    return is_suspect(member) || std::ranges::find(standing, member, &Accusation::accuser) != standing.end();
  };
  bool found = false;
  rings_.visit_near(spot_of(accused), kNear, silent_or_spoken, [&](const crypto::IdentityKey& other) {
    found = !silent_or_spoken(other);
    return !found;
  });
  return found;
}

// Who came near only because those between were down is not heard any more when they are back.
void Gossip::drop_distant(const crypto::IdentityKey& accused) {
  std::vector<crypto::IdentityKey> distant;
  for (const Accusation& accusation : accusations_.against(accused)) distant.push_back(accusation.accuser);
  if (distant.empty()) return;
  rings_.visit_near(
      spot_of(accused), kReach, [&](const auto& other) { return is_down(other); },
      [&](const crypto::IdentityKey& other) {
        std::erase(distant, other);
        return !distant.empty();
      });
  accusations_.drop(accused, [&](const crypto::IdentityKey& accuser) {
    return std::ranges::find(distant, accuser) != distant.end();
  });
}

void Gossip::judge(const crypto::IdentityKey& accused, Instant now) {
  if (accused == self_ || !find(accused)) return;
  drop_distant(accused);
  const auto before = doubted_.find(accused);
  const bool was_down = before != doubted_.end() && before->second.liveness == Liveness::down;
  std::optional<Instant> convicted;
  if (enough_accuse(accused))
    convicted = before != doubted_.end() && before->second.convicted ? before->second.convicted : now;
  if (accusations_.against(accused).empty()) {
    set_liveness(accused, Liveness::alive, now);
  } else {
    const bool down = convicted && (was_down || now >= *convicted + answer_time());
    set_liveness(accused, down ? Liveness::down : Liveness::suspect, now);
    doubted_.at(accused).convicted = convicted;
    if (convicted && !down) judge_by(*convicted + answer_time());
  }
  if (was_down == (liveness_of(accused) == Liveness::down)) return;
  follow_leader(now);
  choose_again_ = true;
}

// Those whose time to answer is over; and what is known of one may be what was missing about another. Not with every
// change: where many die at once there are many.
void Gossip::judge_doubted(Instant now) {
  if (now < next_judged_) return;
  if ((others_back_ || others_gone_) && now >= judged_ + judged_apart()) return judge_all(now);
  std::vector<crypto::IdentityKey> due;
  next_judged_ = others_back_ || others_gone_ ? judged_ + judged_apart() : kNever;
  for (const auto& [member, doubt] : doubted_) {
    if (!doubt.convicted || doubt.liveness == Liveness::down) continue;
    if (now >= *doubt.convicted + answer_time()) {
      due.push_back(member);
    } else {
      judge_by(*doubt.convicted + answer_time());
    }
  }
  for (const crypto::IdentityKey& member : due) judge(member, now);
}

void Gossip::judge_all(Instant now) {
  const bool back = std::exchange(others_back_, false);
  others_gone_ = false;
  judged_ = now;
  next_judged_ = kNever;
  std::vector<crypto::IdentityKey> doubted;
  for (const auto& [member, doubt] : doubted_) {
    // One that is down stays so, unless those who say it are not near any more.
    if (back || doubt.liveness != Liveness::down) doubted.push_back(member);
  }
  for (const crypto::IdentityKey& member : doubted) judge(member, now);
}

void Gossip::choose_again(Instant now) {
  if (std::exchange(choose_again_, false)) choose_neighbours(now);
}

void Gossip::check_isolation(Instant now) {
  const bool alone = std::ranges::none_of(neighbours_, [](const auto& entry) { return entry.second.sessions > 0; });
  if (isolated_ || !alone || roster_.size() < 2 || now < alone_since_ + leader_time()) return;
  isolated_ = true;
  changes_.all = true;
  follow_leader(now);
}

}  // namespace smeg::gossip
