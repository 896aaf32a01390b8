// One run of a scenario.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "outcome.h"
#include "process.h"
#include "settings.h"
#include "sim/sim.h"
#include "stage.h"

namespace smeg::simulator {

// Job: a world with a mesh in it, what can be done to hosts, and the checkers that watch all the while. A scenario
// calls it in order: settle() or hosts of its own, what is to happen, measure(), finish(). Single-threaded; all chance
// is from the seed. Never fails: what goes wrong is among the outcome's violations.
class Trial {
 public:
  using Question = sim::Awareness::Question;

  Trial(const Settings& settings, std::uint64_t seed, Stage& stage);

  // ---- Before
  // A mesh of settings.nodes that has been there for a while: its hosts start, find one another, and rest for that
  // time.
  void settle(Duration rest = std::chrono::seconds(20));
  // A host as the settings have them, not started; entry: a mesh that its configuration wants.
  sim::HostIndex add_host(std::optional<config::MeshEntry> entry = {});
  // The mesh that hosts made by themselves.
  void adopt(const MeshId& mesh);
  // Those of them that are members count as such from now on.
  void count_all(const std::vector<sim::HostIndex>& hosts);
  // From here on traffic is counted.
  void mark();

  // ---- What happens
  void kill(sim::HostIndex host) { kill(host, settings_.power_cut); }
  void kill(sim::HostIndex host, bool power);  // the process, or the host with it
  void start(sim::HostIndex host);             // after a kill
  void leave(sim::HostIndex host);
  sim::HostIndex join();  // a new one, by an invite of the founder; runs until it is in
  void rename(sim::HostIndex host, const std::string& alias);
  void freeze(sim::HostIndex host, Duration duration);
  // It lies from now on: what others show of it is its own affair.
  void distrust(sim::HostIndex host);
  void partition(Split split);
  void heal();
  void run_for(Duration duration);

  // ---- Who
  const MeshId& mesh() const { return mesh_; }
  sim::World& world() { return world_; }
  sim::Census& census() { return *census_; }
  sim::HostIndex founder() const { return hosts_.front(); }
  sim::HostIndex leader();
  // One of the live members, but for the founder, who lets others in.
  sim::HostIndex any();
  std::vector<sim::HostIndex> some(std::size_t count);
  sim::ConvergedMesh::Member& secrets_of(sim::HostIndex host) { return converged_.members[host.value]; }
  SeededRng& chance() { return chance_; }
  const Settings& settings() const { return settings_; }

  // ---- Measuring
  // Runs until all observers' Snapshots say yes, counting from now; at most for so long, and then that is a violation.
  bool measure(const std::vector<sim::HostIndex>& observers, Question question, Duration limit,
               const std::string& what);
  // The same, while hosts are doing something; what they do is done before its time is up.
  bool measure_while(const std::vector<sim::HostIndex>& observers, Question question, Duration limit,
                     const std::string& what, const std::function<void(Trial&)>& act);
  // When measure began.
  Instant began_measuring() const { return measuring_since_; }
  // All members that are to be there are alive, and nobody else is shown.
  Question everybody_alive() const;
  // The same, but for those that are not up or don't answer: they are down.
  Question everybody_as_is() const;
  void violate(const std::string& what);
  // Messages of a liar, and the times that it was thrown out.
  void note(std::uint64_t lies, std::uint64_t thrown_out);
  // The last checks: views are the same everywhere, nobody is lost.
  void finish();
  const Outcome& outcome() const { return outcome_; }
  void phase(const std::string& what) { stage_.progress.phase(what); }

 private:
  void go_on_as(std::uint64_t seed);
  bool run_until(const sim::Awareness& awareness, Duration limit);
  void run_slice(Duration slice, const sim::Awareness* awareness);
  void cut_some_links();
  void check_bounds();

  const Settings& settings_;
  Stage& stage_;
  SeededRng chance_;
  sim::World world_;
  sim::Honesty honesty_;
  MeshId mesh_;
  std::unique_ptr<sim::Census> census_;
  sim::ConvergedMesh converged_;
  std::vector<sim::HostIndex> hosts_;  // in the order in which they came
  Usage began_;
  Instant marked_{};
  Instant measuring_since_{};
  std::vector<std::uint64_t> sent_before_;  // by host, at the mark
  Outcome outcome_;
};

}  // namespace smeg::simulator
