#include "io/session_strangers.h"

#include <algorithm>

namespace smeg::io {
namespace {

constexpr unsigned kV6SourceBits = 64;

addr::Prefix source_of(const addr::IpAddress& address) {
  return {address, address.is_v4() ? address.bits() : kV6SourceBits};
}

}  // namespace

std::optional<SessionId> Strangers::enter(SessionId session, const addr::IpAddress& source) {
  strangers_.push_back({session, source_of(source)});
  if (strangers_.size() <= limits::kUnauthenticatedSessions) return std::nullopt;
  const auto crowd = [this](const Stranger& stranger) {
    return std::count_if(strangers_.begin(), strangers_.end(),
                         [&](const Stranger& other) { return other.source == stranger.source; });
  };
  // The first of the largest: the oldest stranger of the source that has most. Never the newcomer, unless it is alone
  // there and so is everybody, and then the oldest goes.
  const auto out = std::max_element(strangers_.begin(), strangers_.end(),
                                    [&](const Stranger& a, const Stranger& b) { return crowd(a) < crowd(b); });
  const SessionId gone = out->session;
  strangers_.erase(out);
  return gone;
}

void Strangers::leave(SessionId session) {
  std::erase_if(strangers_, [&](const Stranger& stranger) { return stranger.session == session; });
}

bool Strangers::holds(SessionId session) const {
  return std::any_of(strangers_.begin(), strangers_.end(),
                     [&](const Stranger& stranger) { return stranger.session == session; });
}

}  // namespace smeg::io
