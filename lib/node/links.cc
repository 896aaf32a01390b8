#include "node/links.h"

#include <algorithm>

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kEager = 5s;  // after our start we dial whoever we learn of at once
constexpr Duration kLetNewcomerDial = 1500ms;
constexpr Duration kFirstBackoff = 500ms;
constexpr Duration kLongestBackoff = 2s;    // they are few, and a split is to heal soon
constexpr Duration kLongestInDoubt = 5min;  // many hosts may dial one that somebody has named

}  // namespace

Links::Links(const crypto::IdentityKey& self, const MeshId& mesh, Duration patience, Rng& jitter, Instant now)
    : self_(self), mesh_(mesh), patience_(patience), jitter_(jitter), started_(now) {}

void Links::set_targets(std::map<crypto::IdentityKey, std::vector<DialTarget>> targets, Instant now,
                        const std::set<crypto::IdentityKey>& aside) {
  std::map<crypto::IdentityKey, Peer> next;
  for (auto& [member, to] : targets) {
    if (member == self_ || to.empty()) continue;
    const auto known = peers_.find(member);
    Peer peer;
    if (known != peers_.end()) {
      peer = std::move(known->second);
      peers_.erase(known);
      retarget(peer, std::move(to), aside.contains(member), now);
    } else {
      peer.targets = std::move(to);
      peer.aside = aside.contains(member);
      peer.next_attempt = now - started_ <= kEager ? now : now + kLetNewcomerDial + jitter_.jitter(1s);
      if (const auto rested = resting_.find(member); rested != resting_.end() && peer.aside) {
        peer.next_attempt = std::max(peer.next_attempt, rested->second.next_attempt);
        peer.backoff = rested->second.backoff;
      }
    }
    wake_by(peer.next_attempt);
    next.emplace(member, std::move(peer));
  }
  for (const auto& [member, peer] : peers_) rest(member, peer, now);
  peers_ = std::move(next);
  std::erase_if(resting_, [&](const auto& entry) {
    return peers_.contains(entry.first) || now >= entry.second.next_attempt + kLongestInDoubt;
  });
  std::erase_if(due_, [&](const crypto::IdentityKey& member) { return !peers_.contains(member); });
}

void Links::retarget(Peer& peer, std::vector<DialTarget> to, bool aside, Instant now) {
  const bool wanted_now = peer.aside && !aside;
  peer.aside = aside;
  const bool moved = peer.targets != to;
  if (moved) peer.answered = false;
  if ((moved && !peer.doubtful()) || wanted_now) {
    peer.backoff = {};
    if (peer.next_attempt != kNever) peer.next_attempt = now;
  }
  peer.targets = std::move(to);
}

void Links::rest(const crypto::IdentityKey& member, const Peer& peer, Instant now) {
  if (!peer.doubtful()) return;
  // Nobody will hear what became of a dial under way.
  const bool dialling = peer.next_attempt == kNever;
  const Duration backoff =
      dialling ? std::clamp(peer.backoff * 2, kFirstBackoff, kLongestInDoubt) : std::max(peer.backoff, kFirstBackoff);
  resting_[member] = {dialling ? now + backoff : peer.next_attempt, backoff};
}

void Links::hurry(const crypto::IdentityKey& member, Instant now) {
  const auto found = peers_.find(member);
  if (found == peers_.end() || has_link(member)) return;
  found->second.next_attempt = now;
  wake_by(now);
}

void Links::opened(SessionId session, const crypto::IdentityKey& member, bool inbound, Instant now) {
  const bool dialled = links_.contains(session);
  links_[session] = Link{.member = member,
                         .inbound = inbound,
                         .open = true,
                         .boot = std::nullopt,
                         .greet_by = now + limits::kHandshakeTimeout};
  if (!dialled) linked_.insert(member);
  wake_by(now + limits::kHandshakeTimeout);
}

// Both ends decide alike. A peer that has started anew has left its older session behind. Of two sessions of one start,
// the one that the lower key dialled stays; if one side dialled both, the newer, for it has given the older one up.
std::optional<SessionId> Links::greeted(SessionId session, const ByteArray<16>& boot) {
  Link& link = links_.at(session);
  const auto older = this->session(link.member);
  if (!link.boot) ready_.emplace(link.member, session);
  link.boot = boot;
  link.greet_by = kNever;
  if (auto peer = peers_.find(link.member); peer != peers_.end()) {
    // Where it dialled us nothing is known of the place that it names.
    peer->second.answered |= !link.inbound;
    if (!peer->second.doubtful()) peer->second.backoff = {};
    peer->second.error.clear();
  }
  if (!older) return std::nullopt;
  const Link& other = links_.at(*older);
  if (*other.boot != boot || other.inbound == link.inbound) return older;
  const bool lower_dialled = link.inbound ? link.member < self_ : self_ < link.member;
  return lower_dialled ? *older : session;
}

std::vector<std::pair<crypto::IdentityKey, std::string>> Links::targets() const {
  std::vector<std::pair<crypto::IdentityKey, std::string>> out;
  for (const auto& [member, peer] : peers_) out.emplace_back(member, peer.error);
  return out;
}

std::optional<crypto::IdentityKey> Links::closed(SessionId session, const std::string& reason, Instant now) {
  const auto found = links_.find(session);
  if (found == links_.end()) return std::nullopt;
  const Link link = found->second;
  drop(found);
  changed_ |= link.boot.has_value();
  if (const auto peer = peers_.find(link.member); peer != peers_.end() && peer->second.error != reason) {
    peer->second.error = reason;
    changed_ = true;
  }
  if (!has_link(link.member)) schedule_again(link.member, now);
  return link.boot ? std::optional(link.member) : std::nullopt;
}

std::optional<crypto::IdentityKey> Links::member(SessionId session) const {
  const auto found = links_.find(session);
  return found == links_.end() ? std::nullopt : std::optional(found->second.member);
}

bool Links::ready(SessionId session) const {
  const auto found = links_.find(session);
  return found != links_.end() && found->second.boot.has_value();
}

std::optional<SessionId> Links::session(const crypto::IdentityKey& member) const {
  const auto found = ready_.find(member);
  return found == ready_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<SessionId> Links::ready_sessions() const {
  std::vector<SessionId> out;
  for (const auto& [member, session] : ready_) out.push_back(session);
  return out;
}

void Links::drop(std::map<SessionId, Link>::iterator link) {
  const crypto::IdentityKey member = link->second.member;
  linked_.erase(linked_.find(member));
  const auto [first, last] = ready_.equal_range(member);
  const auto ready = std::find_if(first, last, [&](const auto& entry) { return entry.second == link->first; });
  if (ready != last) ready_.erase(ready);
  links_.erase(link);
}

std::vector<SessionId> Links::all_sessions() const {
  std::vector<SessionId> out;
  for (const auto& [id, link] : links_) out.push_back(id);
  return out;
}

void Links::on_deadline(Instant now) {
  if (now < next_deadline_) return;
  for (auto& [member, peer] : peers_) {
    if (now < peer.next_attempt) continue;
    peer.next_attempt = kNever;
    if (!has_link(member)) due_.push_back(member);
  }
  for (auto& [id, link] : links_) {
    if (now < link.greet_by) continue;
    link.greet_by = kNever;
    expired_.push_back(id);
  }
  next_deadline_ = kNever;
  for (const auto& [member, peer] : peers_) wake_by(peer.next_attempt);
  for (const auto& [id, link] : links_) wake_by(link.greet_by);
}

void Links::schedule_again(const crypto::IdentityKey& member, Instant now) {
  const auto found = peers_.find(member);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  const Duration longest = peer.doubtful() ? kLongestInDoubt : kLongestBackoff;
  peer.backoff = std::clamp(peer.backoff * 2, kFirstBackoff, longest);
  peer.next_attempt = now + peer.backoff / 2 + jitter_.jitter(peer.backoff / 2);
  wake_by(peer.next_attempt);
}

}  // namespace smeg::node
