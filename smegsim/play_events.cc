// One thing happens to a mesh at rest.
#include <algorithm>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using control::MemberState;
using control::MemberView;
using sim::HostIndex;

constexpr Duration kLimit = 120s;       // for everybody to come to know
constexpr Duration kAfter = 10s;        // what the news does later
constexpr Duration kIdle = 10min;       // unless the settings say otherwise
constexpr std::size_t kMassShare = 20;  // one in so many dies

bool is_gone(const MemberView* member) { return !member || member->state == MemberState::revoked; }

Trial::Question shown_down(std::vector<crypto::IdentityKey> dead) {
  return [dead = std::move(dead)](const control::MeshView& view) {
    return std::ranges::all_of(dead, [&](const crypto::IdentityKey& one) {
      const MemberView* member = sim::find_member(view, one);
      return is_gone(member) || member->state == MemberState::down;
    });
  };
}

void kill_all(Trial& trial, const std::vector<HostIndex>& hosts, const std::string& what) {
  std::vector<crypto::IdentityKey> dead;
  dead.reserve(hosts.size());
  for (const HostIndex host : hosts) dead.push_back(trial.census().identity(host));
  for (const HostIndex host : hosts) trial.kill(host);
  trial.measure(trial.census().live(), shown_down(std::move(dead)), kLimit, what);
  trial.run_for(kAfter);
}

}  // namespace

void play_leader_kill(Trial& trial) {
  trial.settle();
  kill_all(trial, {trial.leader()}, "waiting for the leader to be down");
}

void play_mass_kill(Trial& trial) {
  trial.settle();
  const std::size_t count = std::max<std::size_t>(1, trial.settings().nodes / kMassShare);
  kill_all(trial, trial.some(count), "waiting for the dead to be down");
}

void play_join(Trial& trial) {
  trial.settle();
  auto observers = trial.census().live();
  const HostIndex host = trial.join();
  if (!trial.census().is_member(host)) return;
  const auto newcomer = trial.census().identity(host);
  const auto knows = [newcomer](const control::MeshView& view) {
    const MemberView* member = sim::find_member(view, newcomer);
    return member && member->state == MemberState::alive;
  };
  trial.measure(observers, knows, kLimit, "waiting for the newcomer to be known");
  trial.run_for(kAfter);
}

void play_leave(Trial& trial) {
  trial.settle();
  const HostIndex host = trial.any();
  const auto leaver = trial.census().identity(host);
  trial.leave(host);
  auto observers = trial.census().live();
  std::erase(observers, host);
  trial.measure(
      observers, [leaver](const control::MeshView& view) { return is_gone(sim::find_member(view, leaver)); }, kLimit,
      "waiting for the leaver to be gone");
  trial.run_for(kAfter);
}

void play_update(Trial& trial) {
  trial.settle();
  const HostIndex host = trial.any();
  const auto owner = trial.census().identity(host);
  trial.rename(host, "renamed");
  const auto knows = [owner](const control::MeshView& view) {
    const MemberView* member = sim::find_member(view, owner);
    return member && member->alias == "renamed";
  };
  trial.measure(trial.census().live(), knows, kLimit, "waiting for the alias to be known");
  trial.run_for(kAfter);
}

void play_idle(Trial& trial) {
  trial.settle(60s);
  trial.phase("idle");
  trial.mark();
  trial.run_for(trial.settings().duration.value_or(kIdle));
}

}  // namespace smeg::simulator
