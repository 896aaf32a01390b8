#include "mesh/member.h"

#include <algorithm>

namespace smeg::mesh {

const std::shared_ptr<const Record>& Member::no_record() {
  static const auto none = std::make_shared<const Record>();
  return none;
}

std::vector<MemberPtr>::const_iterator Members::place_of(const crypto::IdentityKey& identity) const {
  return std::lower_bound(members_.begin(), members_.end(), identity,
                          [](const MemberPtr& member, const auto& wanted) { return member->identity < wanted; });
}

const Member* Members::find(const crypto::IdentityKey& identity) const {
  const auto at = place_of(identity);
  return at != members_.end() && (*at)->identity == identity ? at->get() : nullptr;
}

void Members::put(MemberPtr member) {
  make_room(members_);
  const auto at = place_of(member->identity);
  if (at != members_.end() && (*at)->identity == member->identity) {
    members_[static_cast<std::size_t>(at - members_.begin())] = std::move(member);
  } else {
    members_.insert(at, std::move(member));
  }
}

std::string_view name(GuestState state) {
  switch (state) {
    case GuestState::active: return "active";
    case GuestState::key_taken: return "key-taken";
    case GuestState::address_taken: return "address-taken";
  }
  return "";
}

}  // namespace smeg::mesh
