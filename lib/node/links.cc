#include "node/links.h"

#include <algorithm>

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kEager = 5s;  // after our start we dial whoever we learn of at once
constexpr Duration kLetNewcomerDial = 1500ms;
constexpr Duration kFirstBackoff = 500ms;
constexpr Duration kLongestBackoff = 2s;  // they are few, and a split is to heal soon

}  // namespace

Links::Links(const crypto::IdentityKey& self, const MeshId& mesh, Duration patience, Rng& jitter, Instant now)
    : self_(self), mesh_(mesh), patience_(patience), jitter_(jitter), started_(now) {}

void Links::set_targets(std::map<crypto::IdentityKey, std::vector<DialTarget>> targets, Instant now) {
  std::map<crypto::IdentityKey, Peer> next;
  for (auto& [member, to] : targets) {
    if (member == self_ || to.empty()) continue;
    const auto known = peers_.find(member);
    Peer peer = known != peers_.end() ? known->second : Peer{};
    if (known == peers_.end()) {
      peer.next_attempt = now - started_ <= kEager ? now : now + kLetNewcomerDial + jitter_.jitter(1s);
    } else if (peer.targets != to) {
      peer.backoff = {};
      if (peer.next_attempt != kNever) peer.next_attempt = now;
    }
    peer.targets = std::move(to);
    next.emplace(member, std::move(peer));
  }
  peers_ = std::move(next);
  std::erase_if(due_, [&](const crypto::IdentityKey& member) { return !peers_.contains(member); });
}

void Links::hurry(const crypto::IdentityKey& member, Instant now) {
  const auto found = peers_.find(member);
  if (found != peers_.end() && !has_link(member)) found->second.next_attempt = now;
}

void Links::opened(SessionId session, const crypto::IdentityKey& member, bool inbound, Instant now) {
  links_[session] = Link{.member = member,
                         .inbound = inbound,
                         .open = true,
                         .boot = std::nullopt,
                         .greet_by = now + limits::kHandshakeTimeout};
}

// Both ends decide alike. A peer that has started anew has left its older session behind. Of two sessions of one start,
// the one that the lower key dialled stays; if one side dialled both, the newer, for it has given the older one up.
std::optional<SessionId> Links::greeted(SessionId session, const ByteArray<16>& boot) {
  Link& link = links_.at(session);
  const auto older = this->session(link.member);
  link.boot = boot;
  link.greet_by = kNever;
  if (auto peer = peers_.find(link.member); peer != peers_.end()) peer->second.backoff = {};
  if (!older) return std::nullopt;
  const Link& other = links_.at(*older);
  if (*other.boot != boot || other.inbound == link.inbound) return older;
  const bool lower_dialled = link.inbound ? link.member < self_ : self_ < link.member;
  return lower_dialled ? *older : session;
}

std::optional<crypto::IdentityKey> Links::closed(SessionId session, Instant now) {
  const auto found = links_.find(session);
  if (found == links_.end()) return std::nullopt;
  const Link link = found->second;
  links_.erase(found);
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
  for (const auto& [id, link] : links_)
    if (link.boot && link.member == member) return id;
  return std::nullopt;
}

std::vector<SessionId> Links::ready_sessions() const {
  std::vector<SessionId> out;
  for (const auto& [id, link] : links_)
    if (link.boot) out.push_back(id);
  return out;
}

std::vector<SessionId> Links::all_sessions() const {
  std::vector<SessionId> out;
  for (const auto& [id, link] : links_) out.push_back(id);
  return out;
}

void Links::on_deadline(Instant now) {
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
}

Instant Links::next_deadline() const {
  Instant next = kNever;
  for (const auto& [member, peer] : peers_) next = std::min(next, peer.next_attempt);
  for (const auto& [id, link] : links_) next = std::min(next, link.greet_by);
  return next;
}

bool Links::has_link(const crypto::IdentityKey& member) const {
  return std::ranges::any_of(links_, [&](const auto& entry) { return entry.second.member == member; });
}

void Links::schedule_again(const crypto::IdentityKey& member, Instant now) {
  const auto found = peers_.find(member);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  peer.backoff = std::clamp(peer.backoff * 2, kFirstBackoff, kLongestBackoff);
  peer.next_attempt = now + peer.backoff / 2 + jitter_.jitter(peer.backoff / 2);
}

}  // namespace smeg::node
