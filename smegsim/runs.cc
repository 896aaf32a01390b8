#include "runs.h"

#include <fmt/format.h>

#include "crew.h"
#include "scenarios.h"

namespace smeg::simulator {
namespace {

class Runs {
 public:
  Runs(const Settings& settings, Progress& progress)
      : settings_(settings), progress_(progress), scenario_(find_scenario(settings.scenario)) {}

  Outcome one(std::uint64_t seed, std::function<std::uint64_t()> settled = {}) {
    begin(seed);
    Stage stage{progress_, std::move(settled)};
    Outcome outcome = (settings_.events.empty() ? scenario_->run : run_timeline)(settings_, seed, stage);
    progress_.end();
    return outcome;
  }

  void each_alone(Crew& crew) {
    if (const auto seed = crew.split()) crew.hand_in(one(*seed));
  }

  void all_from_one_start(Crew& crew) {
    if (!crew.split_off()) return;
    crew.hand_in(one(settings_.seed, [&] {
      const auto seed = crew.split();
      if (!seed) Crew::leave();
      begin(*seed);
      return *seed;
    }));
  }

 private:
  void begin(std::uint64_t seed) { progress_.begin(fmt::format("{} seed {}", settings_.scenario, seed)); }

  const Settings& settings_;
  Progress& progress_;
  const Scenario* scenario_;
};

}  // namespace

std::string objection_to(const Settings& settings, const Batch& batch) {
  const Scenario* scenario = find_scenario(settings.scenario);
  if (!scenario) return settings.events.empty() ? "there is no such scenario; `smegsim list` shows them" : "";
  if (batch.share_start && !scenario->can_share_start)
    return "each of its runs starts by itself: without --share-start";
  return scenario->objection(settings);
}

Result<std::vector<Outcome>> run_all(const Settings& settings, const Batch& batch, Progress& progress) {
  Runs runs(settings, progress);
  if (settings.seeds == 1) return std::vector<Outcome>{runs.one(settings.seed)};
  auto crew = Crew::create(batch.jobs, settings.seed, settings.seeds);
  if (!crew) return fail(crew.error());
  if (batch.share_start) {
    runs.all_from_one_start(*crew);
  } else {
    runs.each_alone(*crew);
  }
  return crew->collect();
}

}  // namespace smeg::simulator
