// What can be granted to a member: a role, prefixes, an alias.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"

namespace smeg::trust {

// Aliases are what parse_label (base/text.h) takes; in a list of grants this one stands for any.
inline constexpr std::string_view kAnyAlias = "*";
// Fails with too_large or invalid.
Result<void> check_alias_grants(const std::vector<std::string>& grants);

// Of what a delegate may grant. Empty lists grant nothing.
struct Powers {
  std::vector<Role> roles;
  std::vector<addr::Prefix> prefixes;  // and whatever lies inside them
  std::vector<std::string> aliases;    // exact names, or "*" for any

  // Every role, ::/0, 0.0.0.0/0 and "*".
  static Powers all();
  bool covers(Role role) const;
  bool covers(const addr::Prefix& prefix) const;
  bool covers_alias(std::string_view alias) const;  // the empty alias always

  friend bool operator==(const Powers&, const Powers&) = default;
};

}  // namespace smeg::trust
