#include "node/member_views.h"

#include <algorithm>

namespace smeg::node {

using control::MemberList;
using control::MemberView;

namespace {

// What looks the same on all hosts that see the member as it is.
bool is_plain(const MemberView& view) {
  return !view.self && !view.since && !view.last_handshake && view.rx_bytes == 0 && view.tx_bytes == 0 &&
         !view.tunnel_endpoint;
}

}  // namespace

std::size_t MemberViews::place_of(const crypto::IdentityKey& identity) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(list_, identity, {}, &MemberView::public_key) -
                                  list_.begin());
}

// The one before is kept where nothing is different.
MemberList::Row MemberViews::row(MemberView fresh, const MemberList::Row& before, WallTime now) const {
  if (before) {
    const bool same_state = before->state == fresh.state;
    fresh.since = same_state ? before->since : std::optional(now);
    fresh.last_handshake = before->last_handshake;
    fresh.rx_bytes = before->rx_bytes;
    fresh.tx_bytes = before->tx_bytes;
    fresh.tunnel_endpoint = before->tunnel_endpoint;
    if (*before == fresh) return before;
  } else if (knows_all_) {
    fresh.since = now;
  }
  if (fresh.state == control::MemberState::revoked) fresh.since.reset();
  return share(std::move(fresh));
}

MemberList::Row MemberViews::share(MemberView view) const {
  if (!pool_ || !is_plain(view)) return std::make_shared<const MemberView>(std::move(view));
  const crypto::IdentityKey identity = view.public_key;
  auto& shared = pool_->views[view.state];
  return shared.share(identity, std::move(view));
}

void MemberViews::turn_all(const mesh::Members& members, const Describe& describe, WallTime now) {
  const WallTime since = since_;
  set_all(members, describe, now);
  since_ = now;
  std::vector<MemberList::Row> rows;
  rows.reserve(list_.size());
  for (std::size_t i = 0; i < list_.size(); ++i) {
    MemberView view = list_[i];
    if (view.since == now) {
      view.since.reset();
    } else if (!view.since && view.state != control::MemberState::revoked) {
      view.since = since;
    }
    rows.push_back(share(std::move(view)));
  }
  list_ = MemberList(rows);
}

void MemberViews::set_all(const mesh::Members& members, const Describe& describe, WallTime now) {
  std::vector<MemberList::Row> rows;
  rows.reserve(members.size());
  std::size_t old = 0;
  for (const mesh::Member& member : members) {
    while (old < list_.size() && list_[old].public_key < member.identity) ++old;
    const bool known = old < list_.size() && list_[old].public_key == member.identity;
    rows.push_back(row(describe(member), known ? list_.row(old) : nullptr, now));
  }
  list_ = MemberList(rows);
}

void MemberViews::set(const crypto::IdentityKey& identity, const mesh::Member* member, const Describe& describe,
                      WallTime now) {
  const std::size_t place = place_of(identity);
  const bool known = place < list_.size() && list_[place].public_key == identity;
  if (!member) {
    if (known) list_.erase(place);
  } else if (known) {
    MemberList::Row fresh = row(describe(*member), list_.row(place), now);
    if (fresh != list_.row(place)) list_.set(place, std::move(fresh));
  } else {
    list_.insert(place, row(describe(*member), nullptr, now));
  }
}

void MemberViews::shift(Duration by) {
  since_ += std::chrono::duration_cast<WallTime::duration>(by);
  for (std::size_t i = 0; i < list_.size(); ++i)
    if (list_[i].since)
      list_.change(i, [&](MemberView& view) { *view.since += std::chrono::duration_cast<WallTime::duration>(by); });
}

void MemberViews::set_tunnels(const ReadTunnel& read) {
  for (std::size_t i = 0; i < list_.size(); ++i) {
    const MemberView& view = list_[i];
    if (!view.wg_public_key) continue;
    const Tunnel tunnel = read(view);
    if (tunnel == Tunnel{view.last_handshake, view.rx_bytes, view.tx_bytes, view.tunnel_endpoint}) continue;
    list_.change(i, [&](MemberView& changed) {
      changed.last_handshake = tunnel.last_handshake;
      changed.rx_bytes = tunnel.rx_bytes;
      changed.tx_bytes = tunnel.tx_bytes;
      changed.tunnel_endpoint = tunnel.endpoint;
    });
  }
}

}  // namespace smeg::node
