// netstate's Hairpin as filters of traffic control on an interface of ours.
//
//   preference 83   to one of our own addresses: passes       preference 84   to the prefix: out over the same
//   interface
#pragma once

#include "netlink/socket.h"

namespace smeg::netlink {

// Filters of other preferences are anyone's, and are left alone; so is what they all hang on, which goes with the
// interface.
inline constexpr std::uint16_t kPassPreference = 83;
inline constexpr std::uint16_t kRedirectPreference = 84;

// What there is of a hairpin among the filters of a link: within "::/0" where it is in pieces, nothing where there is
// none.
class HairpinFilters {
 public:
  explicit HairpinFilters(LinkIndex link) : link_(link) {}
  void add(const FilterMessage& filter);
  std::optional<netstate::Hairpin> hairpin() const;
  // Of ours, those at which there is something.
  const std::set<std::uint16_t>& preferences() const { return preferences_; }

 private:
  LinkIndex link_;
  std::set<std::uint16_t> preferences_;
  netstate::Hairpin found_;
  bool whole_ = true;
};

// Fail as RequestSocket does.
Result<HairpinFilters> list_hairpin(RequestSocket& requests, LinkIndex link);
Result<void> set_hairpin(RequestSocket& requests, LinkIndex link, const netstate::Hairpin& hairpin,
                         const std::string& what);
Result<void> remove_hairpin(RequestSocket& requests, LinkIndex link, const std::string& what);

}  // namespace smeg::netlink
