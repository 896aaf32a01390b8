#include "trust/grant.h"

#include "unit/trust/world.h"

namespace smeg::trust {

TEST_CASE("all powers cover everything, none cover nothing but the empty alias") {
  const auto v4 = *addr::Prefix::parse("192.0.2.0/24");
  const auto v6 = *addr::Prefix::parse("2001:db8::/32");
  CHECK(Powers::all().covers(Role::peer));
  CHECK(Powers::all().covers(Role::client));
  CHECK(Powers::all().covers(v4));
  CHECK(Powers::all().covers(v6));
  CHECK(Powers::all().covers_alias("anything"));
  CHECK_FALSE(Powers{}.covers(Role::client));
  CHECK_FALSE(Powers{}.covers(v4));
  CHECK_FALSE(Powers{}.covers_alias("anything"));
  CHECK(Powers{}.covers_alias(""));
}

TEST_CASE("a prefix covers what lies inside it, and not what lies around it") {
  const Powers powers{{Role::client}, {*addr::Prefix::parse("10.1.0.0/16")}, {"a", "b"}};
  CHECK(powers.covers(*addr::Prefix::parse("10.1.0.0/16")));
  CHECK(powers.covers(*addr::Prefix::parse("10.1.2.3/32")));
  CHECK_FALSE(powers.covers(*addr::Prefix::parse("10.0.0.0/8")));
  CHECK_FALSE(powers.covers(*addr::Prefix::parse("10.2.0.0/16")));
  CHECK_FALSE(powers.covers(*addr::Prefix::parse("::/0")));
  CHECK_FALSE(powers.covers(Role::peer));
  CHECK(powers.covers_alias("b"));
  CHECK_FALSE(powers.covers_alias("c"));
}

TEST_CASE("granted aliases are labels or a star, and not too many") {
  CHECK(check_alias_grants({"a", "b-c", "*"}));
  CHECK(test::error_of(check_alias_grants({"Not A Label"})).code == Code::invalid);
  CHECK(test::error_of(check_alias_grants({""})).code == Code::invalid);
  CHECK(test::error_of(check_alias_grants(std::vector<std::string>(limits::kAliasGrants + 1, "a"))).code ==
        Code::too_large);
}

}  // namespace smeg::trust
