// What a run is to be like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::simulator {

// How a partition cuts the mesh.
enum class Split {
  even,     // in halves
  uneven,   // a tenth from the rest
  one_way,  // a quarter is heard by nobody, and hears
};

// What can be done to hosts at a time.
enum class Deed { kill, power_cut, freeze, leave, join, rename, partition, step_clock, lose };

struct Event {
  Duration at{};  // since the mesh was at rest
  Deed deed = Deed::kill;
  std::size_t hosts = 1;
  std::optional<Duration> lasting;      // after which it is undone; none: it stays so
  Split split = Split::even;            // of a partition
  Duration by = std::chrono::hours(1);  // of a clock that is stepped; may be negative
  double loss = 0;                      // from then on
};

Result<Split> parse_split(std::string_view text);  // "even", "uneven", "one-way"

// "5", "0.5", "5%" as a fraction of one; at most `most` of it.
Result<double> parse_percent(std::string_view text, double most);

// Shares of hosts are 0 to 1.
struct Settings {
  std::string scenario;
  std::size_t nodes = 100;  // of each mesh
  std::size_t meshes = 10;  // where there are several
  std::uint64_t seed = 1;   // of the first run; the next has the next
  std::size_t seeds = 1;
  double loss = 0;                   // of a packet, 0 to below 1
  bool local = false;                // latencies of 1 to 20 ms instead of 10 to 150 ms by region
  double slow = 0;                   // share of hosts that come late to what happens, and stall now and then
  double nat = 0;                    // share of hosts that can't be dialled
  double clients = 0;                // share of members of role client
  double one_way = 0;                // share of hosts one of whose links carries one way only
  bool power_cut = false;            // who dies takes its host along: nothing is reset
  std::optional<Duration> duration;  // of idle, churn and the like
  std::optional<Duration> apart;     // of a partition; none: 1 s to 10 min, by the seed
  std::optional<Split> split;        // none: by the seed
  std::size_t messages = 10'000;     // of each attack
  std::vector<Event> events;         // a scenario of one's own
};

namespace bounds {

inline constexpr std::size_t kFewestNodes = 2;
inline constexpr std::size_t kNodes = 16'384;
inline constexpr std::size_t kFewestMeshes = 4;
inline constexpr std::size_t kMeshes = 512;
inline constexpr std::size_t kEvents = 1'024;
inline constexpr std::size_t kFileBytes = 1'048'576;
inline constexpr double kMostLoss = 0.9;
inline constexpr std::size_t kSeeds = 1'000'000;
inline constexpr std::size_t kJobs = 1'024;
inline constexpr std::size_t kMessages = 10'000'000;
inline constexpr Duration kLongest = std::chrono::hours(7 * 24);

}  // namespace bounds

}  // namespace smeg::simulator
