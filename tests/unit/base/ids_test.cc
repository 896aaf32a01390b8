#include "base/ids.h"

#include <doctest/doctest.h>

#include <unordered_set>

namespace smeg {
namespace {

struct OneTag {};
struct OtherTag {};

static_assert(!std::is_convertible_v<StrongId<OneTag>, StrongId<OtherTag>>);

TEST_CASE("ids are values: ordered, comparable, hashable") {
  CHECK(StrongId<OneTag>{1} == StrongId<OneTag>{1});
  CHECK(StrongId<OneTag>{1} < StrongId<OneTag>{2});
  CHECK(std::unordered_set{StrongId<OneTag>{1}, StrongId<OneTag>{1}, StrongId<OneTag>{2}}.size() == 2);
  MeshId a;
  MeshId b;
  b.bytes[19] = 1;
  CHECK(a < b);
  CHECK(std::unordered_set{a, b, a}.size() == 2);
}

}  // namespace
}  // namespace smeg
