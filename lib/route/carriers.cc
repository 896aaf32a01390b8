#include "route/carriers.h"

#include <algorithm>

namespace smeg::route {
namespace {

constexpr std::size_t kReach = 8;

}  // namespace

Carriers::Carriers(std::vector<Carrier> carriers) : ring_(std::move(carriers)) { std::ranges::sort(ring_); }

Carried Carriers::of(const MemberKey& client, const std::optional<MemberKey>& wish) const {
  Carried out;
  if (wish && *wish != client) {
    const auto wished = std::ranges::lower_bound(ring_, *wish, {}, &Carrier::member);
    if (wished != ring_.end() && wished->member == *wish && wished->live) out.first = wish;
  }
  std::vector<WeightedExit> live;
  const auto begin = std::ranges::upper_bound(ring_, client, {}, &Carrier::member) - ring_.begin();
  // Where all within reach are down, whoever comes next.
  for (std::size_t i = 0; i < ring_.size() && (i < kReach || live.size() < 2); ++i) {
    const Carrier& carrier = ring_[(static_cast<std::size_t>(begin) + i) % ring_.size()];
    if (carrier.live && carrier.member != client && carrier.member != out.first) live.push_back({carrier.member});
  }
  for (std::optional<MemberKey>* place : {&out.first, &out.second}) {
    if (*place) continue;
    if (live.empty()) break;
    const std::size_t chosen = choose_exit(client, live);
    *place = live[chosen].member;
    live.erase(live.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  return out;
}

}  // namespace smeg::route
