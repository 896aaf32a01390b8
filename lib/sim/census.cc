#include "sim/census.h"

#include <algorithm>

#include "sim/checks.h"

namespace smeg::sim {
namespace {

constexpr std::size_t kRemarks = 20;

using control::MemberState;

}  // namespace

Census::Census(World& world, const MeshId& mesh) : world_(world), mesh_(mesh) {
  world.watch([this](HostIndex host, const control::Snapshot& snapshot) {
    const auto view = std::ranges::find(snapshot.meshes, mesh_, &control::MeshView::id);
    if (view != snapshot.meshes.end()) look(host, *view);
  });
}

void Census::joined(HostIndex host, const crypto::IdentityKey& identity) {
  hosts_[host] =
      Host{.identity = identity, .since = world_.now(), .seen = {}, .down = {}, .shows_down = {}, .saw_leaving = {}};
  owners_[identity] = host;
}

void Census::left(HostIndex host) {
  hosts_.at(host).gone = true;
  left_.push_back(hosts_.at(host).identity);
}

void Census::disturb(HostIndex host) { hosts_.at(host).disturbed = true; }

void Census::recover(HostIndex host) {
  hosts_.at(host).disturbed = false;
  hosts_.at(host).since = world_.now();
}

void Census::disturb_all() {
  for (auto& [index, host] : hosts_) host.disturbed = true;
}

void Census::recover_all() {
  for (auto& [index, host] : hosts_) recover(index);
}

std::vector<HostIndex> Census::members() const {
  std::vector<HostIndex> out;
  for (const auto& [index, host] : hosts_)
    if (!host.gone) out.push_back(index);
  return out;
}

std::vector<HostIndex> Census::live() const {
  std::vector<HostIndex> out = members();
  std::erase_if(out, [this](HostIndex host) { return !world_.is_up(host); });
  return out;
}

std::vector<HostIndex> Census::responsive() const {
  std::vector<HostIndex> out = live();
  std::erase_if(out, [this](HostIndex host) { return hosts_.at(host).disturbed; });
  return out;
}

bool Census::well(HostIndex index, const Host& host) const {
  return !host.disturbed && !host.gone && world_.is_up(index) && world_.now() >= host.since + kGrace;
}

void Census::remark(HostIndex host, const std::string& what) {
  if (remarks_.size() < kRemarks)
    remarks_.push_back(format_duration(world_.now().time_since_epoch()) + " " + world_.name(host) + " " + what);
}

void Census::look(HostIndex index, const control::MeshView& view) {
  const auto found = hosts_.find(index);
  if (found == hosts_.end()) return;
  Host& observer = found->second;
  observer.seen.visit_changed(view.members, [&](const auto& row) { observer.down.erase(row->public_key); });
  view.members.visit_changed(observer.seen, [&](const auto& row) {
    if (row->state == MemberState::down) observer.down.insert(row->public_key);
  });
  observer.seen = view.members;
  look_for_down(index, observer);
  for (const crypto::IdentityKey& gone : left_) {
    const control::MemberView* member = find_member(view, gone);
    if (!member || member->state == MemberState::revoked) {
      // One that has just started shows a part of what it knows.
      if (well(index, observer)) observer.saw_leaving.insert(gone);
    } else if (observer.saw_leaving.erase(gone) > 0) {
      ++resurrected_;
      remark(index, "shows " + world_.name(owners_.at(gone)) + " again, which left");
    }
  }
}

void Census::look_for_down(HostIndex index, Host& observer) {
  if (!well(index, observer)) return observer.shows_down.clear();
  std::set<crypto::IdentityKey> down;
  for (const crypto::IdentityKey& member : observer.down) {
    const auto owner = owners_.find(member);
    if (owner == owners_.end() || !well(owner->second, hosts_.at(owner->second))) continue;
    down.insert(member);
    if (observer.shows_down.contains(member)) continue;
    ++wrongful_downs_;
    remark(index, "shows " + world_.name(owner->second) + " as down, which is well");
  }
  observer.shows_down = std::move(down);
}

std::size_t Census::lost() const {
  std::set<crypto::IdentityKey> missing;
  for (const HostIndex index : live()) {
    const control::MeshView* view = world_.view(index, mesh_);
    for (const auto& [other, host] : hosts_) {
      if (host.gone) continue;
      const control::MemberView* member = view ? find_member(*view, host.identity) : nullptr;
      if (!member || member->state == MemberState::revoked) missing.insert(host.identity);
    }
  }
  return missing.size();
}

}  // namespace smeg::sim
