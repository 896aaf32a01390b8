// What can be granted to a member: a role, prefixes, an alias.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"

namespace smeg::trust {

enum class Role : std::uint8_t {
  peer = 1,    // carries for others
  client = 2,  // reaches others, carries for nobody
};
std::string_view name(Role role);  // "peer", "client"
// Fails with invalid, naming the roles there are.
Result<Role> parse_role(std::string_view text);

// An alias is one DNS label (RFC 1035 section 2.3.1, RFC 1123 section 2.1) in lower case: letters, digits and inner
// hyphens, at most limits::kAliasBytes. Fails with invalid; the message says what is wrong.
Result<void> check_alias(std::string_view alias);

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
