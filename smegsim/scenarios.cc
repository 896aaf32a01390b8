#include "scenarios.h"

#include <algorithm>

#include "bridges.h"
#include "play.h"

namespace smeg::simulator {
namespace {

template <void (*play)(Trial&)>
Outcome in_one_mesh(const Settings& settings, std::uint64_t seed, Stage& stage) {
  Trial trial(settings, seed, stage);
  play(trial);
  trial.finish();
  return trial.outcome();
}

constexpr Scenario kScenarios[] = {
    {"leader-kill", "the leader's daemon is killed; until a member shows it as down", in_one_mesh<play_leader_kill>},
    {"mass-kill", "five per cent of all members die at once; until a member shows all of them as down",
     in_one_mesh<play_mass_kill>},
    {"join", "a host that has just been let in; until a member shows it as alive", in_one_mesh<play_join>},
    {"leave", "a member leaves for good; until a member does not show it any more", in_one_mesh<play_leave>},
    {"update", "a member takes another alias; until a member shows it", in_one_mesh<play_update>},
    {"bootstrap", "all hosts start within ten seconds, with a token of the first; until a member shows all as alive",
     in_one_mesh<play_bootstrap>, false},
    {"partition", "the mesh falls apart, both sides go on, and it heals; from then until a member shows all as alive",
     in_one_mesh<play_partition>},
    {"idle", "nothing happens; what that costs, and who is shown as down all the same", in_one_mesh<play_idle>},
    {"churn", "hosts die, freeze, come back, join, leave; from the end of it until a member shows all as alive",
     in_one_mesh<play_churn>},
    {"clock-step", "calendars jump by an hour and by ten years, and stand still; nobody's membership may change",
     in_one_mesh<play_clock_step>},
    {"forger", "a member tells every lie there is; nothing of others may change, and an honest change gets through",
     in_one_mesh<play_forger>},
    {"bridges",
     "in a graph of many meshes bridges die and come back; from when their meshes know until a host's ways are right",
     run_bridges, false, objection_to_bridges},
};

}  // namespace

Outcome run_timeline(const Settings& settings, std::uint64_t seed, Stage& stage) {
  return in_one_mesh<play_timeline>(settings, seed, stage);
}

std::span<const Scenario> scenarios() { return kScenarios; }

const Scenario* find_scenario(std::string_view name) {
  const auto found = std::ranges::find(kScenarios, name, &Scenario::name);
  return found == std::end(kScenarios) ? nullptr : &*found;
}

}  // namespace smeg::simulator
