// The sessions of a membership: who may speak, and what is said.
#include <algorithm>

#include "node/membership.h"
#include "wire/session.pb.h"

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kJoinTime = 15s;
constexpr std::size_t kWelcomeBytes = 16 * 1'024;  // some 30 members to dial: the rest it has from them
constexpr unsigned kEpochsApart = 2;               // of the leader, with another digest than ours, before we compare

std::string who(const addr::Endpoint& remote) { return remote.to_string(); }

wire::Refusal refusal_of(const Error& error) {
  wire::Refusal out;
  out.set_code(std::string(name(error.code)));
  out.set_message(error.message);
  out.set_hint(error.hint);
  return out;
}

}  // namespace

void Membership::on_opened(const SessionOpened& opened, Instant now) {
  if (standing_down() || offline_) {
    host_.outbox.push(Close{opened.session, "not active in this mesh"});
    links_.closed(opened.session, "this host is not active in the mesh", now);
    return;
  }
  if (opened.protocol == Protocol::join) {
    if (opened.inbound)
      joiners_[opened.session] = {opened.exporter, opened.peer_certificate, opened.remote, now + kJoinTime};
    return;
  }
  const auto expected = links_.member(opened.session);
  auto certificate = certificate_of(opened, expected);
  const auto identity = certificate ? Result<crypto::IdentityKey>(certificate->identity())
                                    : trust::certificate_identity(opened.peer_certificate);
  const bool other = !opened.inbound && (!expected || !identity || *identity != *expected);
  if (other) return reject(opened.session, "another host answers at " + who(opened.remote), now);
  if (!identity) return reject(opened.session, identity.error().message, now);
  const auto [peer, fresh] = peers_.insert_or_assign(opened.session, Peer{.session = opened.session,
                                                                          .inbound = opened.inbound,
                                                                          .greeted = false,
                                                                          .identity = *identity,
                                                                          .certificate = std::move(certificate),
                                                                          .remote = opened.remote});
  links_.opened(opened.session, *identity, opened.inbound, now);
  // Who dials says hello first: a stranger learns nothing before it has proved to be a member.
  if (!opened.inbound) host_.outbox.push(Send{opened.session, hello(peer->second)});
}

// Mostly it is the one that stands in the record of whom we dialled: to parse one takes longer than all else here.
Result<trust::Certificate> Membership::certificate_of(const SessionOpened& opened,
                                                      const std::optional<crypto::IdentityKey>& expected) const {
  const trust::Certificate* known = expected ? mesh_.certificate_of(*expected) : nullptr;
  if (known && std::ranges::equal(known->der(), opened.peer_certificate)) return *known;
  return trust::Certificate::parse(opened.peer_certificate);
}

void Membership::on_closed(SessionId session, const std::string& reason, Instant now) {
  joiners_.erase(session);
  const auto member = links_.member(session);
  const bool opened = peers_.erase(session) > 0;
  end_sync(session, now);
  // A member that comes again at once has no more than if it had stayed.
  std::erase_if(answers_, [&](const auto& entry) { return entry.second.full(now); });
  const auto gone = links_.closed(session, reason, now);
  if (gone) {
    regrow_tree(session, now);
    gossip_.neighbour_down(*gone, now);
    observed_by_.erase(*gone);
    host_.desired_changed = true;
  } else {
    broadcast_.forget(session);
  }
  host_.view_changed |= links_.take_changed();
  if (!member) return;
  host_.note(Note::Level::debug,
             std::string(opened ? "session with " : "no session with ") + trust::to_text(*member) + ": " + reason);
}

void Membership::drop_session(SessionId session, const std::string& reason, Instant now) {
  host_.outbox.push(Close{session, reason});
  on_closed(session, reason, now);
}

void Membership::reject(SessionId session, const std::string& reason, Instant now) {
  count_dropped(sender(session), &control::DroppedView::sessions);
  drop_session(session, reason, now);
}

void Membership::close_all(const std::string& reason) {
  for (const auto& [session, peer] : peers_) host_.outbox.push(Close{session, reason});
  for (const auto& [session, join] : joiners_) host_.outbox.push(Close{session, reason});
  for (const SessionId session : links_.all_sessions())
    if (!peers_.contains(session)) host_.outbox.push(Close{session, reason});
}

void Membership::refuse(SessionId session, const Error& error, Instant now) {
  wire::Envelope envelope;
  *envelope.mutable_refusal() = refusal_of(error);
  send(session, envelope);
  drop_session(session, error.message, now);
}

void Membership::count_bad(Peer& peer, unsigned bad) {
  if (bad == 0) return;
  peer.bad_messages += bad;
  count_dropped(sender(peer.session), &control::DroppedView::malformed, bad);
}

std::optional<crypto::IdentityKey> Membership::sender(SessionId session) const {
  const auto peer = peers_.find(session);
  return peer != peers_.end() && peer->second.greeted ? std::optional(peer->second.identity) : std::nullopt;
}

// Of members alone, so that it is bounded.
void Membership::count_dropped(const std::optional<crypto::IdentityKey>& from, Reason reason, std::uint64_t count) {
  if (count == 0) return;
  const bool member = from && mesh_.find(*from);
  // GCC 12 would add to a copy if this were one expression.
  control::DroppedView& counts = member ? dropped_[*from] : dropped_of_others_;
  counts.*reason += count;
  host_.view_changed = true;
}

std::vector<control::DroppedView> Membership::dropped_views() {
  std::erase_if(dropped_, [&](const auto& entry) {
    if (mesh_.find(entry.first)) return false;
    for (const Reason reason : {&control::DroppedView::malformed, &control::DroppedView::refused,
                                &control::DroppedView::overflow, &control::DroppedView::sessions})
      dropped_of_others_.*reason += entry.second.*reason;
    return true;
  });
  std::vector<control::DroppedView> out;
  for (const auto& [member, counts] : dropped_) {
    out.push_back(counts);
    out.back().member = member;
  }
  if (dropped_of_others_.sum() > 0) out.push_back(dropped_of_others_);
  return out;
}

void Membership::on_message(SessionId session, ByteView message, Instant now) {
  if (joiners_.contains(session)) return on_join_message(session, message, now);
  const auto found = peers_.find(session);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  wire::Envelope envelope;
  if (!envelope.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    count_bad(peer);
    return reject(session, "a message that does not parse", now);
  }
  if (!peer.greeted) return on_hello(peer, envelope, now);
  gossip_.on_message(*links_.member(session), now);
  on_member_message(peer, *links_.member(session), envelope, now);
  // peer may be gone by now
  const auto still = peers_.find(session);
  if (still == peers_.end() || still->second.bad_messages < limits::kBadMessagesPerSession) return;
  count_dropped(sender(session), &control::DroppedView::sessions);
  refuse(session, {Code::malformed, "too many bad messages"}, now);
}

Bytes Membership::hello(const Peer& peer) const {
  wire::Envelope envelope;
  wire::Hello& hello = *envelope.mutable_hello();
  hello.set_boot_id(to_string(host_.boot));
  hello.set_software("smegmesh " + std::string(kVersion));
  hello.set_observed_address(to_string(peer.remote.address.view()));
  const mesh::Member* member = mesh_.find(peer.identity);
  if (member && !member->revoked) {
    hello.set_your_incarnation(member->record->version.incarnation);
    hello.set_your_counter(member->record->version.counter);
  }
  mesh_.ledger().charter_to_proto(*hello.mutable_charter());
  return to_bytes(envelope.SerializeAsString());
}

// Whose session this is, if it may be here. What the peer knows of trust and we don't is taken in first: its
// delegate's mandate may be news to us.
Result<crypto::IdentityKey> Membership::admit_session(const Peer& peer, const wire::Envelope& envelope, Instant now) {
  const auto& certificate = peer.certificate;
  if (!certificate) return fail(certificate.error());
  auto standing = mesh_.admits(*certificate);
  if (!standing && standing.error().code == Code::unavailable) {
    const auto theirs = trust::Ledger::from_proto(envelope.hello().charter(), id());
    if (!theirs) return fail(theirs.error());
    // In the ledger's own order: what one rests on comes first.
    for (const trust::Item& item : theirs->statements())
      if (const auto taken = take_trust(item, now); !taken && taken.error().code == Code::too_large)
        return fail(taken.error());
    standing = mesh_.admits(*certificate);
  }
  if (!standing) return fail(standing.error());
  return certificate->identity();
}

void Membership::on_refusal(const Peer& peer, const wire::Envelope& envelope, Instant now) {
  const std::string why = printable(envelope.refusal().message(), limits::kRefusalBytes);
  host_.note(Note::Level::warning, who(peer.remote) + " refuses us: " + why);
  drop_session(peer.session, why, now);
}

void Membership::on_hello(Peer& peer, const wire::Envelope& envelope, Instant now) {
  const SessionId session = peer.session;
  if (envelope.has_refusal()) return on_refusal(peer, envelope, now);
  // Signed things speak for themselves, whoever sends them: so one who was removed while away hears of it.
  if (envelope.has_items() && !peer.inbound) return on_items(session, envelope);
  const wire::Hello& hello = envelope.hello();
  if (!envelope.has_hello() || hello.boot_id().size() != sizeof(mesh::BootId))
    return reject(session, "it did not say hello", now);
  const auto member = admit_session(peer, envelope, now);
  if (!member) {
    host_.note(Note::Level::warning, "refused " + who(peer.remote) + ": " + member.error().message);
    show_removals(peer);
    count_dropped(sender(session), &control::DroppedView::sessions);
    return refuse(session, member.error(), now);
  }
  mesh::BootId boot;
  std::ranges::copy(as_bytes(hello.boot_id()), boot.begin());
  const auto surplus = links_.greeted(session, boot);
  peer.greeted = true;
  gossip_.set_digest(mesh_.digest());
  gossip_.neighbour_up(*member, now);
  if (const auto address = addr::IpAddress::from(as_bytes(hello.observed_address()))) {
    observed_by_[*member] = *address;
    republish_ |= base().ip_discovery == config::IpDiscovery::public_address;
  }
  const mesh::Record* own = mesh_.own_record();
  const bool outdone =
      own && hello.your_incarnation() == own->version.incarnation && hello.your_counter() > own->version.counter;
  const bool inbound = peer.inbound;
  if (inbound) host_.outbox.push(Send{session, this->hello(peer)});
  if (surplus) drop_session(*surplus, "another session with this member stays", now);
  if (surplus != session && outdone) ask_for_own(session);
  if (surplus != session && !inbound) want_sync(session, now);
  if (inbound) make_room(now);
  host_.desired_changed = host_.view_changed = true;
}

// Nobody has signed what a hello says. The record itself shows whether we ever went that far: after a backup was
// restored we go on above it (take_item).
void Membership::ask_for_own(SessionId session) {
  wire::Envelope want;
  want.mutable_want()->add_keys(to_string(mesh::Mesh::record_key(self_)));
  send(session, want);
}

// What took a member out, for itself to see.
void Membership::show_removals(const Peer& peer) {
  std::vector<Bytes> items;
  for (const trust::Item& item : mesh_.ledger().removals_of(peer.identity)) items.push_back(mesh::encode_item(item));
  send_serialised(peer.session, items);
}

void Membership::on_member_message(Peer& peer, const crypto::IdentityKey& from, const wire::Envelope& envelope,
                                   Instant now) {
  const SessionId session = peer.session;
  switch (envelope.body_case()) {
    case wire::Envelope::kSyncDigest: return on_sync_digest(session, envelope, now);
    case wire::Envelope::kSyncList: return on_sync_list(session, envelope, now);
    case wire::Envelope::kItems: return on_items(session, envelope);
    case wire::Envelope::kNews: return on_news(session, envelope, now);
    case wire::Envelope::kWant: return on_want(session, envelope, now);
    case wire::Envelope::kPrune: return broadcast_.on_prune(session);
    case wire::Envelope::kBeats: {
      const gossip::Heard count = gossip_.on_beats(from, envelope.beats(), now);
      count_bad(peer, count.bad);
      count_dropped(from, &control::DroppedView::overflow, count.over);
      // Where the leader's digest has not been ours for two epochs, something was missed.
      if (gossip_.epochs_heard() == epochs_seen_) return;
      epochs_seen_ = gossip_.epochs_heard();
      const bool same = std::ranges::equal(gossip_.leader_digest(), mesh_.digest());
      epochs_apart_ = same ? 0 : epochs_apart_ + 1;
      if (epochs_apart_ >= kEpochsApart) want_sync(session, now);
      return;
    }
    case wire::Envelope::kAccusations:
      count_bad(peer, gossip_.on_accusations(from, envelope.accusations(), now).bad);
      return;
    case wire::Envelope::kPing:
      if (envelope.ping().farewell()) gossip_.on_farewell(from);
      return;
    case wire::Envelope::kRefusal: return on_refusal(peer, envelope, now);
    case wire::Envelope::kHello:
    case wire::Envelope::kJoinRequest:
    case wire::Envelope::kAdmissionRequest:
    case wire::Envelope::kJoinReply: return count_bad(peer);
    case wire::Envelope::BODY_NOT_SET: return;  // of a later version
  }
}

// A trust change ends the sessions of those who no longer count; they are told of it first.
void Membership::recheck_sessions(Instant now) {
  flush_news(now);
  std::vector<SessionId> gone;
  for (const auto& [session, peer] : peers_) {
    if (!peer.greeted) continue;
    const auto standing = mesh_.admits(*peer.certificate);
    if (!standing && standing.error().code != Code::unavailable) gone.push_back(session);
  }
  for (const SessionId session : gone)
    refuse(session, {Code::revoked, "this host is no member of the mesh any more", "ask for a new invite"}, now);
}

// ---- Joiners

void Membership::on_join_message(SessionId session, ByteView message, Instant now) {
  JoinSession& join = joiners_.at(session);
  wire::Envelope envelope;
  if (std::exchange(join.asked, true)) return reject(session, "a second request to join", now);
  const bool read = envelope.ParseFromArray(message.data(), static_cast<int>(message.size()));
  if (!read || !(envelope.has_join_request() || envelope.has_admission_request()))
    return reject(session, "not a request to join", now);
  const auto served = envelope.has_join_request() ? serve_join(session, join, envelope, now)
                                                  : serve_ask(session, join, envelope.admission_request(), now);
  if (!served) {
    host_.note(Note::Level::info, "refused a joiner: " + served.error().message);
    count_dropped({}, &control::DroppedView::refused);
    wire::Envelope reply;
    *reply.mutable_join_reply()->mutable_refusal() = refusal_of(served.error());
    send(session, reply);
    if (envelope.has_admission_request()) drop_session(session, served.error().message, now);
  }
  // The joiner closes once it has read; a slow one is closed by time.
}

Result<void> Membership::serve_join(SessionId session, const JoinSession& join, const wire::Envelope& envelope,
                                    Instant now) {
  const auto joiner = trust::certificate_identity(join.certificate);
  if (!joiner) return fail(joiner.error());
  const auto request = trust::JoinRequest::from_proto(envelope.join_request());
  if (!request) return fail(request.error());
  if (!parts_.issuer)
    return fail(Code::forbidden, "this host may not admit members", "join by the host that made the invite");
  const trust::Mandate* mandate = mesh_.ledger().mandate_of(self_);
  const trust::Surroundings around =
      mesh_.surroundings(*joiner, mandate ? mandate->delegation.number : trust::DelegationNumber{});
  auto admitted = parts_.issuer->redeem(*request, *joiner, join.exporter, mesh_.ledger(), around,
                                        parts_.root ? &*parts_.root : nullptr, host_.wall(now));
  if (!admitted) return fail(admitted.error());
  host_.state_changed = true;
  if (admitted->delegation)
    if (const auto taken = take_trust(*admitted->delegation, now); !taken) return taken;
  welcome(session, admitted->certificate);
  host_.note(Note::Level::info, "admitted " + trust::to_text(*joiner) + (admitted->repeated ? " (again)" : ""));
  host_.view_changed = true;
  return {};
}

void Membership::welcome(SessionId session, const trust::Certificate& certificate) {
  wire::Envelope reply;
  wire::Welcome& welcome = *reply.mutable_join_reply()->mutable_welcome();
  trust::admission_to_proto(mesh_.ledger(), certificate, *welcome.mutable_admission());
  welcome.set_mesh_name(parts_.name);
  // Ourselves first: the joiner has to dial somebody. Then from its own key on: of thousands that join at once each is
  // sent to others, and this host doesn't feed them all.
  std::vector<crypto::IdentityKey> others;
  for (const mesh::Member& member : mesh_.members())
    if (!member.revoked && member.identity != self_) others.push_back(member.identity);
  std::rotate(others.begin(), std::ranges::lower_bound(others, certificate.identity()), others.end());
  std::vector<crdt::ItemKey> keys{mesh::Mesh::record_key(self_)};
  for (const crypto::IdentityKey& member : others) keys.push_back(mesh::Mesh::record_key(member));
  for (const crdt::ItemKey& key : keys) {
    const auto item = mesh_.item(key);
    if (item) welcome.add_items(to_string(*item));
    if (reply.ByteSizeLong() > kWelcomeBytes) break;
  }
  send(session, reply);
}

}  // namespace smeg::node
