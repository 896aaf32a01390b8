// A member that lies.
#include <algorithm>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using sim::Attack;
using sim::HostIndex;

constexpr Duration kLimit = 300s;           // for an honest change to be known all the same
constexpr Duration kAttackLimit = 2h;       // of each kind
constexpr Duration kAfterwards = 30s;       // for the last lies to take effect
constexpr std::size_t kGrowth = 8'388'608;  // bytes that a node may hold more after all of them than before

std::vector<sim::Forger::Victim> all_but(Trial& trial, HostIndex liar) {
  std::vector<sim::Forger::Victim> out;
  for (const HostIndex host : trial.census().live()) {
    if (host == liar) continue;
    const sim::Place& place = trial.world().network().place(host);
    out.push_back({trial.census().identity(host), {place.v6.to_string(), place.control_port}});
  }
  return out;
}

void play_attacks(Trial& trial, sim::Forger& forger) {
  for (const Attack attack : sim::attacks()) {
    trial.phase(std::string(sim::name(attack)));
    forger.attack(attack, trial.settings().messages);
    const Instant until = trial.world().now() + kAttackLimit;
    while (!forger.done() && trial.world().now() < until) trial.run_for(100ms);
    if (!forger.done()) trial.violate("the liar can't get rid of its " + std::string(sim::name(attack)));
  }
}

}  // namespace

// One that is not the leader tells every lie there is; then an honest member takes another alias while it goes on.
void play_forger(Trial& trial) {
  trial.settle(45s);
  const HostIndex leader = trial.leader();
  HostIndex liar = trial.any();
  while (liar == leader) liar = trial.any();
  const auto& member = trial.secrets_of(liar);
  const auto victims = all_but(trial, liar);
  const sim::Lies::Self self{trial.mesh(), member.key, member.certificate};
  sim::Lies lies(self, sim::cached_records(trial.world().disk(liar).files()), trial.chance().next());
  trial.distrust(liar);
  const std::size_t memory = usage_now().memory;
  {
    sim::Forger forger(trial.world(), liar, self, std::move(lies), victims, trial.chance().next());
    play_attacks(trial, forger);
    forger.attack(Attack::forged_record, trial.settings().messages);
    const HostIndex honest = trial.any();
    const auto owner = trial.census().identity(honest);
    trial.rename(honest, "honest");
    trial.measure(
        trial.census().live(),
        [owner](const control::MeshView& view) {
          const control::MemberView* shown = sim::find_member(view, owner);
          return shown && shown->alias == "honest";
        },
        kLimit, "an honest change among lies");
    trial.note(forger.sent(), forger.thrown_out());
  }
  trial.run_for(kAfterwards);
  if (trial.leader() != leader) trial.violate("the lies changed the leader");
  const std::size_t grown = usage_now().memory - std::min(memory, usage_now().memory);
  if (grown / trial.settings().nodes > kGrowth)
    trial.violate("nodes hold " + std::to_string(grown / trial.settings().nodes) + " bytes more than before the lies");
}

}  // namespace smeg::simulator
