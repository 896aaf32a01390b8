#include "scenarios.h"

#include <algorithm>

#include "play.h"

namespace smeg::simulator {
namespace {

constexpr Scenario kScenarios[] = {
    {"leader-kill", "the leader's daemon is killed; until a member shows it as down", play_leader_kill},
    {"mass-kill", "five per cent of all members die at once; until a member shows all of them as down", play_mass_kill},
    {"join", "a host that has just been let in; until a member shows it as alive", play_join},
    {"leave", "a member leaves for good; until a member does not show it any more", play_leave},
    {"update", "a member takes another alias; until a member shows it", play_update},
    {"bootstrap", "all hosts start within ten seconds, with a token of the first; until a member shows all as alive",
     play_bootstrap},
    {"partition", "the mesh falls apart, both sides go on, and it heals; from then until a member shows all as alive",
     play_partition},
    {"idle", "nothing happens; what that costs, and who is shown as down all the same", play_idle},
    {"churn", "hosts die, freeze, come back, join, leave; from the end of it until a member shows all as alive",
     play_churn},
    {"clock-step", "calendars jump by an hour and by ten years, and stand still; nobody's membership may change",
     play_clock_step},
    {"forger", "a member tells every lie there is; nothing of others may change, and an honest change gets through",
     play_forger},
};

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

const Scenario* find_scenario(std::string_view name) {
  const auto found = std::ranges::find(kScenarios, name, &Scenario::name);
  return found == std::end(kScenarios) ? nullptr : &*found;
}

}  // namespace smeg::simulator
