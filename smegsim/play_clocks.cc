// Hosts that are told the wrong time.
#include <algorithm>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using control::MemberState;
using control::MemberView;
using sim::HostIndex;

constexpr Duration kWatched = 3min;  // after each step, unless the settings say otherwise

// From here on nothing about the membership may change, anywhere.
class Stillness {
 public:
  explicit Stillness(Trial& trial) : state_(std::make_shared<State>()) {
    state_->wanted = trial.census().members().size();
    trial.world().watch(
        [state = std::weak_ptr(state_), mesh = trial.mesh()](HostIndex, const control::Snapshot& shown) {
          const auto still = state.lock();
          const auto view = std::ranges::find(shown.meshes, mesh, &control::MeshView::id);
          if (still && view != shown.meshes.end()) still->changes += still->is_other(*view) ? 1 : 0;
        });
  }
  std::size_t changes() const { return state_->changes; }

 private:
  struct State {
    std::size_t wanted = 0;
    std::size_t changes = 0;

    bool is_other(const control::MeshView& view) const {
      const auto there = std::ranges::count_if(view.members, [](const MemberView& member) {
        return member.state == MemberState::alive || member.state == MemberState::suspect;
      });
      return static_cast<std::size_t>(there) != wanted || view.members.size() != wanted ||
             view.state != control::MeshState::active;
    }
  };
  std::shared_ptr<State> state_;
};

}  // namespace

// Some hosts at a time, then all of them.
void play_clock_step(Trial& trial) {
  trial.settle();
  const Stillness stillness(trial);
  const Duration watched = trial.settings().duration.value_or(kWatched);
  constexpr Duration kYears = std::chrono::hours(24 * 3'652);
  const auto victims = trial.some(std::max<std::size_t>(1, trial.settings().nodes / 20));
  for (const Duration step : {Duration(1h), Duration(-1h), kYears, -kYears}) {
    trial.phase("clocks stepped by " + std::string(step < Duration::zero() ? "-" : "") +
                format_duration(step < Duration::zero() ? -step : step));
    for (const HostIndex host : victims) trial.world().step_wall_clock(host, step);
    trial.run_for(watched / 6);
  }
  trial.phase("clocks frozen");
  for (const HostIndex host : victims) trial.world().freeze_wall_clock(host);
  trial.run_for(watched / 6);
  trial.phase("all clocks stepped");
  for (const HostIndex host : trial.census().live()) trial.world().step_wall_clock(host, kYears);
  trial.run_for(watched / 6);
  if (stillness.changes() > 0)
    trial.violate(std::to_string(stillness.changes()) +
                  " snapshots showed another membership while clocks were stepped");
}

}  // namespace smeg::simulator
