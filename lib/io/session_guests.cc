#include "io/session_guests.h"

#include <algorithm>

namespace smeg::io {
namespace {

constexpr unsigned kV6SourceBits = 64;

addr::Prefix source_of(const addr::IpAddress& address) {
  return {address, address.is_v4() ? address.bits() : kV6SourceBits};
}

}  // namespace

std::optional<SessionId> Guests::enter(SessionId session, const addr::IpAddress& source) {
  guests_.push_back({session, source_of(source)});
  if (guests_.size() <= limits::kUnauthenticatedSessions) return std::nullopt;
  const auto crowd = [this](const Guest& guest) {
    return std::count_if(guests_.begin(), guests_.end(),
                         [&](const Guest& other) { return other.source == guest.source; });
  };
  // The first of the largest: the oldest guest of the source that has most. Never the newcomer, unless it is alone
  // there and so is everybody, and then the oldest goes.
  const auto out = std::max_element(guests_.begin(), guests_.end(),
                                    [&](const Guest& a, const Guest& b) { return crowd(a) < crowd(b); });
  const SessionId gone = out->session;
  guests_.erase(out);
  return gone;
}

void Guests::leave(SessionId session) {
  std::erase_if(guests_, [&](const Guest& guest) { return guest.session == session; });
}

bool Guests::holds(SessionId session) const {
  return std::any_of(guests_.begin(), guests_.end(), [&](const Guest& guest) { return guest.session == session; });
}

}  // namespace smeg::io
