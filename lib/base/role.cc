#include "base/role.h"

namespace smeg {

std::string_view name(Role role) {
  switch (role) {
    case Role::peer: return "peer";
    case Role::client: return "client";
  }
  return "peer";
}

Result<Role> parse_role(std::string_view text) {
  if (text == "peer") return Role::peer;
  if (text == "client") return Role::client;
  return fail(Code::malformed, "'" + std::string(text) + "' is not a role",
              "a role is 'peer' (reachable by others) or 'client' (dials out only)");
}

}  // namespace smeg
