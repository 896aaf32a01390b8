#include "trust/grant.h"

#include <algorithm>

namespace smeg::trust {

Powers Powers::all() {
  return {
      {Role::peer, Role::client}, {addr::Prefix(), addr::Prefix(addr::IpAddress::v4({}), 0)}, {std::string(kAnyAlias)}};
}

bool Powers::covers(Role role) const { return std::ranges::find(roles, role) != roles.end(); }

bool Powers::covers(const addr::Prefix& prefix) const {
  return std::ranges::any_of(prefixes, [&](const addr::Prefix& mine) { return mine.contains(prefix); });
}

bool Powers::covers_alias(std::string_view alias) const {
  return alias.empty() ||
         std::ranges::any_of(aliases, [&](const std::string& mine) { return mine == kAnyAlias || mine == alias; });
}

Result<void> check_alias_grants(const std::vector<std::string>& grants) {
  if (grants.size() > limits::kAliasGrants)
    return fail(Code::too_large, "more than " + std::to_string(limits::kAliasGrants) + " aliases");
  for (const std::string& grant : grants) {
    if (grant == kAnyAlias) continue;
    if (const auto label = parse_label(grant, "an alias"); !label) return fail(label.error());
  }
  return {};
}

}  // namespace smeg::trust
