#include "sim/latency.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

TEST_CASE("uniform latencies fill their range, whatever the path") {
  const Latencies latencies(1);
  SeededRng chance(2);
  const PathQuality quality{milliseconds(5), milliseconds(15)};
  std::vector<Duration> drawn;
  for (int i = 0; i < 1'000; ++i) drawn.push_back(latencies.draw(quality, 0, 1, chance));
  const auto [least, most] = std::ranges::minmax(drawn);
  CHECK(least >= milliseconds(5));
  CHECK(least < milliseconds(6));
  CHECK(most < milliseconds(15));
  CHECK(most > milliseconds(14));
}

TEST_CASE("in the wide area a region is near itself, paths are the same both ways, and some lead across") {
  const PathQuality quality = wide_area();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Latencies latencies(seed);
    Duration farthest{};
    for (std::size_t a = 0; a < Latencies::kRegions; ++a) {
      CHECK(latencies.middle(quality, a, a) == milliseconds(12));
      for (std::size_t b = 0; b < Latencies::kRegions; ++b) {
        CHECK(latencies.middle(quality, a, b) == latencies.middle(quality, b, a));
        farthest = std::max(farthest, latencies.middle(quality, a, b));
      }
    }
    CHECK(farthest == milliseconds(120));
  }
}

TEST_CASE("packets of one path differ by a little, within the bounds") {
  const Latencies latencies(3);
  SeededRng chance(4);
  const PathQuality quality = wide_area();
  const Duration middle = latencies.middle(quality, 0, 5);
  std::vector<Duration> drawn;
  for (int i = 0; i < 1'001; ++i) drawn.push_back(latencies.draw(quality, 0, 5, chance));
  std::ranges::sort(drawn);
  CHECK(drawn.front() >= quality.latency_min);
  CHECK(drawn.back() <= quality.latency_max);
  CHECK(drawn[500] > middle * 95 / 100);
  CHECK(drawn[500] < middle * 105 / 100);
  CHECK(drawn[50] < drawn[950]);
}

TEST_CASE("one seed, one map") {
  for (std::size_t a = 0; a < Latencies::kRegions; ++a)
    CHECK(Latencies(7).middle(wide_area(), 0, a) == Latencies(7).middle(wide_area(), 0, a));
}

}  // namespace
}  // namespace smeg::sim
