#include "node/join_requests.h"

#include <algorithm>
#include <map>

namespace smeg::node {
namespace {

addr::Prefix source_of(const addr::IpAddress& from) { return {from, from.is_v4() ? 32U : 64U}; }
addr::Prefix network_of(const addr::IpAddress& from) { return {from, from.is_v4() ? 24U : 48U}; }

}  // namespace

Result<void> JoinRequests::ask(AskingHost host) {
  const bool refused = std::ranges::any_of(
      refused_, [&](const Refused& each) { return each.identity == host.identity && host.last < each.until; });
  if (refused)
    return fail(Code::forbidden, "a member that may admit has refused this host", "talk to whoever runs that member");
  const auto known = std::ranges::find(waiting_, host.identity, &AskingHost::identity);
  if (known != waiting_.end()) {
    host.since = known->since;
    *known = std::move(host);
    return {};
  }
  const auto alike =
      std::ranges::count(waiting_, source_of(host.from), [](const AskingHost& each) { return source_of(each.from); });
  if (static_cast<std::size_t>(alike) >= limits::kJoinRequestsPerSource || !make_room(host.from))
    return fail(Code::unavailable, "too many hosts wait to be let in there", "it is tried again");
  waiting_.push_back(std::move(host));
  return {};
}

// False where the newcomer's own network is the one that has most of them.
bool JoinRequests::make_room(const addr::IpAddress& from) {
  if (waiting_.size() < limits::kJoinRequests) return true;
  std::map<addr::Prefix, std::size_t> count;
  for (const AskingHost& each : waiting_) ++count[network_of(each.from)];
  const auto most = std::ranges::max_element(count, {}, [](const auto& entry) { return entry.second; });
  if (count[network_of(from)] + 1 >= most->second) return false;
  waiting_.erase(
      std::ranges::find(waiting_, most->first, [](const AskingHost& each) { return network_of(each.from); }));
  return true;
}

void JoinRequests::forget(const crypto::IdentityKey& identity) {
  std::erase_if(waiting_, [&](const AskingHost& each) { return each.identity == identity; });
}

void JoinRequests::refuse(const crypto::IdentityKey& identity, Instant now) {
  forget(identity);
  if (refused_.size() >= limits::kJoinDecisions) refused_.pop_front();
  refused_.push_back({identity, now + limits::kJoinRequestLife});
}

bool JoinRequests::expire(Instant now) {
  std::erase_if(refused_, [&](const Refused& each) { return now >= each.until; });
  return std::erase_if(waiting_, [&](const AskingHost& each) { return now >= each.last + limits::kJoinRequestLife; }) >
         0;
}

Instant JoinRequests::next_deadline() const {
  Instant next = kNever;
  for (const AskingHost& each : waiting_) next = std::min(next, each.last + limits::kJoinRequestLife);
  if (!refused_.empty()) next = std::min(next, refused_.front().until);
  return next;
}

}  // namespace smeg::node
