#include "netstate/names.h"

#include <doctest/doctest.h>

#include "unit/netstate/support.h"

namespace smeg::netstate {

TEST_CASE("interface names are what the kernel takes") {
  CHECK(InterfaceName::make("smeg", 0)->text() == "smeg0");
  CHECK(InterfaceName::make("abcdefghijklm", 12)->text() == "abcdefghijklm12");
  for (const std::string_view bad :
       {"", ".", "..", "a/b", "a:b", "a b", "a\tb", "sixteen-letters!", "abcdefghijklmnop"}) {
    CHECK_MESSAGE(!InterfaceName::parse(bad), bad);
  }
  CHECK(InterfaceName::make("abcdefghijklm", 123).error().code == Code::invalid);
  CHECK(!InterfaceName::make("", 1));
  CHECK(!InterfaceName::make("a/b", 1));
}

TEST_CASE("only a prefix and a plain number is a name that we may take") {
  CHECK(is_numbered("smeg0", "smeg"));
  CHECK(is_numbered("smeg17", "smeg"));
  for (const std::string_view other : {"smeg", "smeg01", "smegx", "smeg1x", "smeg-1", "eth0", "", "xsmeg0"}) {
    CHECK_MESSAGE(!is_numbered(other, "smeg"), other);
  }
}

TEST_CASE("an alias says whose an interface is") {
  const std::string alias = owner_alias({test::mesh(9)});
  CHECK(alias.size() == 9 + 32);
  CHECK(owner_of(alias) == Owner{test::mesh(9)});
  CHECK(owner_alias({test::mesh(9), 12}) == alias + "/12");
  CHECK(owner_of(alias + "/12") == Owner{test::mesh(9), 12});
  for (const std::string_view lane : {"/", "/0", "/01", "/+1", "/1/", "/1/2", "/16", "/x", "/4294967297", " /1"}) {
    CHECK_MESSAGE(!owner_of(alias + std::string(lane)), lane);
  }
  CHECK(!owner_of(""));
  CHECK(!owner_of("smegmesh:"));
  CHECK(!owner_of("smegmesh:aaaa"));
  CHECK(!owner_of("uplink to office"));
  CHECK(!owner_of(alias + "a"));
  CHECK(!owner_of("x" + alias));
}

}  // namespace smeg::netstate
