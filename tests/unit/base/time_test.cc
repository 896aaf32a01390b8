#include "base/time.h"

#include <doctest/doctest.h>

namespace smeg {
namespace {

using namespace std::chrono_literals;

TEST_CASE("RFC 3339 in UTC, to the second") {
  CHECK(to_rfc3339(WallTime()) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(WallTime(951'782'400s)) == "2000-02-29T00:00:00Z");
  CHECK(to_rfc3339(WallTime(1'772'366'400s + 999ms)) == "2026-03-01T12:00:00Z");
}

TEST_CASE("never is later than anything") { CHECK(kNever > Instant(std::chrono::hours(24 * 36'500))); }

}  // namespace
}  // namespace smeg
