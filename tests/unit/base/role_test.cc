#include "base/role.h"

#include <doctest/doctest.h>

using namespace smeg;

TEST_CASE("roles by name") {
  for (const Role role : {Role::peer, Role::client}) CHECK(*parse_role(name(role)) == role);
  CHECK(!parse_role("Peer"));
  CHECK(!parse_role(""));
}
