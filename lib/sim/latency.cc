#include "sim/latency.h"

#include <algorithm>

namespace smeg::sim {
namespace {

constexpr std::int64_t kPlane = 10'000;    // the plane's side
constexpr std::int64_t kFarthest = 1'000;  // what the greatest distance is scaled to

// Quantiles of the log-normal distribution of median 1 and sigma 0.2, in thousandths, at (i + 1/2) / 64.
constexpr std::array<std::int64_t, 64> kFactors = {
    617,   672,   703,   726,   745,   761,   775,   788,   800,   812,   822,   833,   842,   852,   861,   869,
    878,   886,   895,   903,   911,   919,   927,   934,   942,   950,   958,   965,   973,   981,   988,   996,
    1'004, 1'012, 1'020, 1'028, 1'036, 1'044, 1'053, 1'061, 1'070, 1'079, 1'088, 1'098, 1'108, 1'118, 1'128, 1'139,
    1'150, 1'162, 1'174, 1'187, 1'201, 1'216, 1'232, 1'249, 1'268, 1'290, 1'314, 1'343, 1'377, 1'422, 1'488, 1'622};

// Whole numbers alone: the same table everywhere.
std::int64_t square_root(std::int64_t of) {
  std::int64_t root = 0;
  for (std::int64_t bit = std::int64_t{1} << 20; bit > 0; bit >>= 1)
    if ((root + bit) * (root + bit) <= of) root += bit;
  return root;
}

}  // namespace

Latencies::Latencies(std::uint64_t seed) {
  SeededRng chance(seed);
  std::array<std::array<std::int64_t, 2>, kRegions> at{};
  for (auto& region : at)
    for (auto& coordinate : region) coordinate = static_cast<std::int64_t>(chance.below(kPlane));
  std::int64_t longest = 1;
  for (std::size_t a = 0; a < kRegions; ++a) {
    for (std::size_t b = 0; b < kRegions; ++b) {
      const std::int64_t x = at[a][0] - at[b][0];
      const std::int64_t y = at[a][1] - at[b][1];
      distance_[a][b] = square_root(x * x + y * y);
      longest = std::max(longest, distance_[a][b]);
    }
  }
  for (auto& row : distance_)
    for (auto& distance : row) distance = distance * kFarthest / longest;
}

Duration Latencies::middle(const PathQuality& quality, std::size_t from, std::size_t to) const {
  const Duration nearest = quality.latency_min * 6 / 5;
  const Duration farthest = quality.latency_max * 4 / 5;
  return nearest + (farthest - nearest) * distance_[from % kRegions][to % kRegions] / kFarthest;
}

Duration Latencies::draw(const PathQuality& quality, std::size_t from, std::size_t to, Rng& chance) const {
  switch (quality.spread) {
    case Spread::uniform: return quality.latency_min + chance.jitter(quality.latency_max - quality.latency_min);
    case Spread::wide_area: {
      const Duration drawn = middle(quality, from, to) * kFactors[chance.below(kFactors.size())] / 1'000;
      return std::clamp(drawn, quality.latency_min, quality.latency_max);
    }
  }
  return quality.latency_min;
}

}  // namespace smeg::sim
