// How a membership reconciles the replicated state with others: digests of buckets, then what either holds in those
// that differ, then what is missing; and news as they come.
#include <algorithm>
#include <bitset>

#include "node/membership.h"
#include "wire/session.pb.h"

namespace smeg::node {
namespace {

constexpr std::size_t kMessageBytes = 64 * 1'024;            // a long answer is cut into messages of about this size
constexpr Duration kSyncPatience = std::chrono::seconds(3);  // with one neighbour, between two things that it sends
// And in all, for one that says little by little what it has would have our only comparison for ever. By then 4 MB have
// come over a slow line, and the rest is on its way.
constexpr Duration kSyncAtMost = std::chrono::seconds(30);
constexpr std::size_t kItemsPerCall = 5;  // twice in a call, and at most four signatures each: about 3 ms

template <std::size_t N>
bool copy_exact(ByteArray<N>& to, const std::string& from) {
  if (from.size() != N) return false;
  std::ranges::copy(as_bytes(from), to.begin());
  return true;
}

void add_line(const crdt::Held& held, wire::ItemVersion& line) {
  line.set_key(to_string(held.key));
  line.set_incarnation(held.version.incarnation);
  line.set_counter(held.version.counter);
  line.set_hash(to_string(held.hash));
}

std::optional<crdt::Held> line_from(const wire::ItemVersion& line) {
  crdt::Held held{.key = {}, .version = {line.incarnation(), line.counter()}, .hash = {}};
  if (!copy_exact(held.key, line.key()) || !copy_exact(held.hash, line.hash())) return std::nullopt;
  return held;
}

}  // namespace

void Membership::send(SessionId session, const wire::Envelope& envelope) {
  host_.outbox.push(Send{session, to_bytes(envelope.SerializeAsString())});
}

void Membership::want_sync(SessionId session, Instant now) {
  if (sync_ && sync_->session == session) return;
  if (std::ranges::find(syncs_, session) == syncs_.end()) syncs_.push_back(session);
  if (!sync_) next_sync(now);
}

void Membership::next_sync(Instant now) {
  sync_.reset();
  while (!syncs_.empty() && !sync_) {
    const SessionId session = syncs_.front();
    syncs_.pop_front();
    if (!links_.ready(session)) continue;
    sync_ = Sync{.session = session, .until = now + kSyncPatience, .end = now + kSyncAtMost};
    start_sync(session);
  }
}

void Membership::end_sync(SessionId session, Instant now) {
  std::erase(syncs_, session);
  if (sync_ && sync_->session == session) next_sync(now);
}

void Membership::start_sync(SessionId session) {
  wire::Envelope envelope;
  for (const crdt::BucketDigest& digest : mesh_.bucket_digests())
    envelope.mutable_sync_digest()->add_buckets(to_string(digest));
  send(session, envelope);
}

void Membership::on_sync_digest(SessionId session, const wire::Envelope& envelope, Instant now) {
  std::vector<crdt::BucketDigest> theirs;
  for (const std::string& bucket : envelope.sync_digest().buckets()) {
    if (theirs.size() == crdt::kBuckets || !copy_exact(theirs.emplace_back(), bucket))
      return count_bad(peers_.at(session));
  }
  auto buckets = mesh_.differing(theirs);
  if (!buckets) return count_bad(peers_.at(session));
  if (!take_request(session, now)) return;
  if (!buckets->empty()) return send_lists(session, std::move(*buckets), false, now);
  wire::Envelope same;
  same.mutable_sync_list();
  send(session, same);
}

// False where the member that asks has been answered so much of late that it has to wait.
bool Membership::take_request(SessionId session, Instant now) {
  Allowance& allowance = answers_[peers_.at(session).identity];
  if (allowance.left(now) == 0) return false;
  allowance.spend(kRequestCost, now);
  return true;
}

void Membership::send_lists(SessionId session, std::vector<std::size_t> buckets, bool answer, Instant now) {
  Allowance& allowance = answers_[peers_.at(session).identity];
  const auto first = std::ranges::lower_bound(buckets, crdt::bucket_of(allowance.left_out));
  std::rotate(buckets.begin(), first, buckets.end());
  wire::Envelope envelope;
  const auto send_off = [&] {
    allowance.spend(envelope.ByteSizeLong(), now);
    send(session, envelope);
    envelope.Clear();
  };
  for (const std::size_t bucket : buckets) {
    if (allowance.left(now) == 0) {
      allowance.left_out = crdt::first_of(bucket);
      break;
    }
    wire::SyncList& list = *envelope.mutable_sync_list();
    list.set_answer(answer);
    list.add_buckets(static_cast<std::uint32_t>(bucket));
    for (const crdt::Held& held : mesh_.held(bucket)) {
      add_line(held, *list.add_held());
    }
    if (envelope.ByteSizeLong() >= kMessageBytes) send_off();
  }
  if (envelope.has_sync_list()) send_off();
}

void Membership::on_sync_list(SessionId session, const wire::Envelope& envelope, Instant now) {
  const wire::SyncList& list = envelope.sync_list();
  std::bitset<crdt::kBuckets> named;
  for (const std::uint32_t bucket : list.buckets()) {
    if (bucket >= crdt::kBuckets || named.test(bucket)) return count_bad(peers_.at(session));
    named.set(bucket);
  }
  std::vector<std::size_t> buckets;
  for (std::size_t bucket = 0; bucket < crdt::kBuckets; ++bucket)
    if (named.test(bucket)) buckets.push_back(bucket);
  std::vector<crdt::Held> theirs;
  for (const wire::ItemVersion& line : list.held()) {
    const auto held = line_from(line);
    if (!held) return count_bad(peers_.at(session));
    theirs.push_back(*held);
  }
  if (!take_request(session, now)) return;
  crdt::Difference difference = mesh_.compare(buckets, theirs);
  if (!list.answer() && sync_ && sync_->session == session) {
    sync_->listed = true;
    sync_->lacking += difference.we_lack.size();
  }
  if (!list.answer() && !difference.we_lack.empty()) send_lists(session, std::move(buckets), true, now);
  send_items(session, std::move(difference.they_lack), now);
  if (sync_ && sync_->session == session && sync_->listed && sync_->lacking == 0) next_sync(now);
}

// keys: in order, each once.
void Membership::send_items(SessionId session, std::vector<crdt::ItemKey> keys, Instant now) {
  Allowance& allowance = answers_[peers_.at(session).identity];
  std::rotate(keys.begin(), std::ranges::lower_bound(keys, allowance.left_out), keys.end());
  mesh_.sort_for_sending(keys);
  std::vector<Bytes> items;
  for (const crdt::ItemKey& key : keys) {
    auto item = mesh_.item(key);
    if (!item) continue;
    if (allowance.left(now) == 0) {
      allowance.left_out = key;
      break;
    }
    allowance.spend(item->size(), now);
    items.push_back(std::move(*item));
  }
  send_serialised(session, items);
}

void Membership::send_serialised(SessionId session, const std::vector<Bytes>& items, bool along_the_tree) {
  wire::Envelope envelope;
  for (const Bytes& item : items) {
    envelope.mutable_items()->add_items(to_string(item));
    envelope.mutable_items()->set_news(along_the_tree);
    if (envelope.ByteSizeLong() < kMessageBytes) continue;
    send(session, envelope);
    envelope.Clear();
  }
  if (envelope.has_items()) send(session, envelope);
}

// ---- Taking in

void Membership::on_items(SessionId session, const wire::Envelope& envelope) {
  std::vector<Incoming> items;
  for (const std::string& item : envelope.items().items())
    items.push_back({session, to_bytes(as_bytes(item)), envelope.items().news()});
  // A later comparison brings what is lost here.
  for (const auto& [member, count] : inbox_.put(peers_.at(session).identity, std::move(items)))
    count_dropped(member, &control::DroppedView::overflow, count);
}

void Membership::take_in(std::vector<Bytes> items) { inbox_.put_own(std::move(items)); }

void Membership::work_inbox(Instant now) {
  for (std::size_t i = 0; i < kItemsPerCall && !inbox_.empty(); ++i) take_item(inbox_.take(), now);
  if (std::exchange(members_stale_, loading())) members_changed(now);
  if (sync_ && ((sync_->listed && sync_->lacking == 0) || now >= sync_->until)) next_sync(now);
}

void Membership::take_item(const Incoming& incoming, Instant now) {
  if (sync_ && sync_->session == incoming.from && sync_->lacking > 0) {
    --sync_->lacking;
    sync_->until = std::min(now + kSyncPatience, sync_->end);
  }
  const mesh::Outcome outcome = mesh_.apply(incoming.item);
  if (outcome.own) {
    mesh_.go_above(outcome.own->version.counter);
    gossip_.on_other_boot(outcome.own->boot_id, now);
    republish_ = true;
    outdone_ |= outcome.own->boot_id != host_.boot;
  }
  if (outcome.equivocator)
    host_.note(Note::Level::warning, "member " + trust::to_text(*outcome.equivocator) +
                                         " has signed two records of one version: it runs twice, or lies");
  switch (outcome.verdict) {
    case mesh::Verdict::known:
      if (incoming.along_the_tree && peers_.contains(incoming.from) && broadcast_.came_twice(incoming.from)) {
        wire::Envelope prune;
        prune.mutable_prune();
        send(incoming.from, prune);
      }
      return;
    case mesh::Verdict::refused: {
      host_.note(Note::Level::debug, "refused an item: " + outcome.error->message);
      const auto peer = peers_.find(incoming.from);
      if (peer == peers_.end()) return;  // of our own files, or of a session that has ended
      if (outcome.blame) {
        count_bad(peer->second);
      } else {
        count_dropped(sender(incoming.from), &control::DroppedView::refused);
      }
      return;
    }
    case mesh::Verdict::fresh: break;
  }
  // What we had on disk others have, too; a comparison finds what they lack.
  if (incoming.from != SessionId{}) tell({outcome.key, incoming.from, outcome.durable});
  host_.state_changed |= outcome.durable;
  host_.members_changed = true;
  host_.routes_changed |= outcome.routes_changed;
  if (outcome.durable) {
    check_own_certificate();
    recheck_sessions(now);
  }
  members_stale_ |= outcome.members_changed || outcome.durable;
}

// A statement or removal that was made here: taken like any other's, kept, and told.
Result<void> Membership::take_trust(const trust::Item& item, Instant now) {
  const mesh::Outcome outcome = mesh_.apply(item);
  if (outcome.verdict == mesh::Verdict::refused) return fail(*outcome.error);
  host_.state_changed = true;
  tell({.key = outcome.key});
  check_own_certificate();
  recheck_sessions(now);
  members_changed(now);
  return {};
}

// Of what changed twice at a time the last is told, once: a second copy would prune the session that carries it.
void Membership::tell(const News& news) {
  std::erase_if(news_, [&](const News& before) { return before.key == news.key; });
  news_.push_back(news);
}

// ---- News

void Membership::flush_news(Instant now) {
  if (news_.empty()) return;
  std::vector<SessionId> sessions;
  for (const crypto::IdentityKey& member : gossip_.listeners())
    if (const auto session = links_.session(member)) sessions.push_back(*session);
  std::vector<Parcel> parcels;
  if (!sessions.empty())
    for (const News& news : news_)
      if (auto item = mesh_.item(news.key)) {
        const bool everywhere = broadcast_.everywhere(item->size(), news.urgent, now);
        parcels.push_back({news, std::move(*item), everywhere});
      }
  for (const SessionId session : sessions) tell_news(session, parcels);
  news_.clear();
}

// What comes twice because it goes everywhere says nothing of the tree.
void Membership::tell_news(SessionId session, const std::vector<Parcel>& parcels) {
  std::vector<Bytes> everywhere;
  std::vector<Bytes> along_the_tree;
  wire::Envelope names;
  for (const Parcel& parcel : parcels) {
    if (parcel.news.from == session) continue;
    if (parcel.everywhere) {
      everywhere.push_back(parcel.item);
    } else if (broadcast_.whole_to(session)) {
      along_the_tree.push_back(parcel.item);
    } else if (const auto held = mesh_.held(parcel.news.key)) {
      add_line(*held, *names.mutable_news()->add_held());
    }
  }
  send_serialised(session, everywhere);
  send_serialised(session, along_the_tree, true);
  if (names.has_news()) send(session, names);
}

void Membership::on_news(SessionId session, const wire::Envelope& envelope, Instant now) {
  for (const wire::ItemVersion& line : envelope.news().held()) {
    const auto named = line_from(line);
    if (!named) return count_bad(peers_.at(session));
    if (mesh_.lacks(*named)) broadcast_.on_name(session, *named, now);
  }
}

void Membership::on_want(SessionId session, const wire::Envelope& envelope, Instant now) {
  std::vector<crdt::ItemKey> keys;
  for (const std::string& key : envelope.want().keys()) {
    if (keys.size() == kNamesPerSession || !copy_exact(keys.emplace_back(), key)) return count_bad(peers_.at(session));
  }
  broadcast_.on_want(session);
  if (!take_request(session, now)) return;
  // Of two versions that were named each may be asked for.
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  send_items(session, std::move(keys), now);
}

// Without that one: it is gone, or silent.
void Membership::regrow_tree(SessionId lost, Instant now) {
  wire::Envelope want;
  want.mutable_want();
  for (const SessionId session : broadcast_.lost(lost, now)) send(session, want);
}

void Membership::ask_for_overdue(Instant now) {
  const auto lacks = [this](const crdt::Held& named) { return mesh_.lacks(named); };
  for (const auto& [session, keys] : broadcast_.take_overdue(now, lacks)) {
    wire::Envelope want;
    for (const crdt::ItemKey& key : keys) want.mutable_want()->add_keys(to_string(key));
    send(session, want);
  }
}

}  // namespace smeg::node
