// How long a packet takes from one host to another.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/base.h"

namespace smeg::sim {

// How latencies of packets are spread between least and most.
enum class Spread {
  uniform,    // each packet for itself, whatever the path
  wide_area,  // by region: near ones in the same region, far ones across; packets of one path differ by a little
};

// Of every path, in each direction.
struct PathQuality {
  Duration latency_min = std::chrono::milliseconds(1);
  Duration latency_max = std::chrono::milliseconds(20);
  double loss = 0;  // of a packet; 0 to below 1
  Spread spread = Spread::uniform;
};

// The one-way latencies of the Internet as members of a mesh see it: 10 to 150 ms by region.
constexpr PathQuality wide_area(double loss = 0) {
  return {std::chrono::milliseconds(10), std::chrono::milliseconds(150), loss, Spread::wide_area};
}

// Job: draws latencies. Wide area: kRegions places in a plane, drawn from a seed; a host is in one of them; the latency
// between two grows with their distance, from `least` within one to `most` across the whole plane. Each packet takes
// that times a factor of log-normal distribution (median 1, deviation of the logarithm 0.2), within the bounds.
class Latencies {
 public:
  static constexpr std::size_t kRegions = 8;

  explicit Latencies(std::uint64_t seed);

  // Of the next packet between hosts of these regions.
  Duration draw(const PathQuality& quality, std::size_t from, std::size_t to, Rng& chance) const;
  // The middle of what draw gives in the wide area.
  Duration middle(const PathQuality& quality, std::size_t from, std::size_t to) const;

 private:
  // Of the plane's longest way, in thousandths.
  std::array<std::array<std::int64_t, kRegions>, kRegions> distance_{};
};

}  // namespace smeg::sim
