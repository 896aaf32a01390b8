// A world of many meshes, with hosts that bridge them.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mesh_graph.h"
#include "outcome.h"
#include "process.h"
#include "progress.h"
#include "settings.h"
#include "sim/sim.h"

namespace smeg::simulator {

inline constexpr std::size_t kBridgesOfLink = 3;  // hosts that are in both of two neighbouring meshes
inline constexpr std::size_t kMostHopsApart = 7;
inline constexpr std::size_t kMostNeighbours = 3;  // of a mesh: draw_graph()

// Job: meshes of settings.nodes members each, bridges between neighbours, the checkers of each mesh, and what a host's
// Snapshot and its packets should be like, by a search in the graph of those bridges that are up. Single-threaded; all
// chance is from the seed. Never fails: what goes wrong is among the outcome's violations.
class Meshes {
 public:
  Meshes(const Settings& settings, std::uint64_t seed, Progress& progress);

  struct Bridge {
    sim::HostIndex host;
    std::size_t link = 0;
  };

  // Hosts start from what they would have kept, find one another, learn all ways, and rest.
  void settle();
  // These bridges die, or come back; until all ways are right again, counted from when all live members of their meshes
  // know it.
  void change(const std::vector<Bridge>& bridges, bool up, const std::string& what);
  // Those of one link, drawn by chance.
  std::vector<Bridge> bridges_of_some_link();
  void rest();
  // The last checks.
  Outcome finish();

 private:
  struct Seen {                    // of a host
    std::optional<Instant> right;  // since when its Snapshot has all ways right
    bool arrived = false;          // and there and back packets to somebody far away arrived after that
    std::optional<Duration> took;  // both, since the change was known
    std::size_t target_mesh = 0;
    std::size_t target = 0;  // among the members of that mesh
  };

  void lay_out();
  // Those of these numbers start, and learn all ways.
  void start(std::uint32_t first, std::uint32_t end, const std::string& what);
  bool is_up(sim::HostIndex host) const { return world_.is_up(host); }
  std::size_t hosts() const { return meshes_of_.size(); }
  // What should be from now on; everybody's Snapshot is looked at.
  void expect();
  void hear(sim::HostIndex host, const control::Snapshot& snapshot);
  bool is_right(sim::HostIndex host, const control::Snapshot& snapshot) const;
  bool leads_well(const control::ExitView& exit, std::size_t hops) const;
  bool all_right() const { return right_ == live_; }
  // What is wrong with it, in words.
  std::string wrong_with(sim::HostIndex host) const;
  void draw_targets();
  std::string lost_packet(sim::HostIndex host) const;
  // Follows packets of those who have the ways right, and whose have not arrived yet; true once all have.
  bool follow_packets(Instant known);
  bool run_until(const std::function<bool()>& condition, Duration limit);
  void check_sessions();
  void violate(const std::string& what);

  const Settings& settings_;
  Progress& progress_;
  SeededRng chance_;
  sim::World world_;
  sim::Honesty honesty_;
  MeshGraph graph_;
  std::vector<sim::ConvergedMesh> meshes_;
  std::vector<std::unique_ptr<sim::Census>> census_;  // by mesh
  std::map<MeshId, std::size_t> numbers_;             // of meshes
  std::vector<std::vector<std::size_t>> members_;     // hosts, by mesh
  std::vector<std::vector<std::size_t>> meshes_of_;   // by host
  std::vector<Bridge> bridges_;
  std::vector<std::vector<std::size_t>> hops_;            // between meshes, over bridges that are up
  std::set<std::pair<std::size_t, std::size_t>> linked_;  // meshes with a bridge that is up, both ways round
  std::vector<Seen> seen_;                                // by host
  std::size_t live_ = 0;
  std::size_t right_ = 0;  // of those that are up
  bool watching_ = false;
  Usage began_;
  Instant marked_{};
  std::vector<std::uint64_t> sent_before_;
  Outcome outcome_;
};

}  // namespace smeg::simulator
