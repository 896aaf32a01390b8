#include "base/result.h"

#include <doctest/doctest.h>

#include <set>

namespace smeg {
namespace {

TEST_CASE("every code has a name of its own") {
  std::set<std::string_view> names;
  int codes = 0;
  for (int i = 0; i <= static_cast<int>(Code::io); ++i, ++codes) names.insert(name(static_cast<Code>(i)));
  CHECK(names.size() == static_cast<std::size_t>(codes));
  CHECK(name(Code::not_found) == "not_found");
}

TEST_CASE("a result is a value or an error") {
  const Result<int> good = 5;
  const Result<int> bad = fail(Code::invalid, "no", "do this");
  CHECK(good == 5);
  REQUIRE(!bad);
  CHECK(bad.error() == Error{Code::invalid, "no", "do this"});
  const Result<> passed_on = fail(bad.error());
  CHECK(passed_on.error() == bad.error());
}

}  // namespace
}  // namespace smeg
