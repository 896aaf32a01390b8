// A scenario of one's own.
#include <algorithm>
#include <map>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using sim::HostIndex;

constexpr Duration kLimit = 300s;  // for everybody to come to know

// Does what is on the list, and undoes what has its time.
class Timeline {
 public:
  explicit Timeline(Trial& trial) : trial_(trial), start_(trial.world().now()) {
    for (const Event& event : trial.settings().events) at(event.at, [this, event] { act(event); });
  }

  void play() {
    while (!due_.empty()) {
      const auto [when, what] = *due_.begin();
      due_.erase(due_.begin());
      trial_.run_for(std::max(Duration::zero(), start_ + when - trial_.world().now()));
      what();
    }
  }

 private:
  void at(Duration when, std::function<void()> what) { due_.emplace(when, std::move(what)); }
  // After its time, if it has one.
  void undo(const Event& event, std::function<void()> what) {
    if (event.lasting) at(event.at + *event.lasting, std::move(what));
  }

  void act(const Event& event) {
    switch (event.deed) {
      case Deed::kill: return kill(event, false);
      case Deed::power_cut: return kill(event, true);
      case Deed::freeze: return freeze(event);
      case Deed::leave:
        for (const HostIndex host : trial_.some(event.hosts)) trial_.leave(host);
        return;
      case Deed::join:
        for (std::size_t i = 0; i < event.hosts; ++i) trial_.join();
        return;
      case Deed::rename:
        for (const HostIndex host : trial_.some(event.hosts)) trial_.rename(host, "name-" + std::to_string(++names_));
        return;
      case Deed::partition: trial_.partition(event.split); return undo(event, [this] { trial_.heal(); });
      case Deed::step_clock:
        for (const HostIndex host : trial_.some(event.hosts)) trial_.world().step_wall_clock(host, event.by);
        return;
      case Deed::lose: return lose(event);
    }
  }

  void kill(const Event& event, bool power) {
    for (const HostIndex host : trial_.some(event.hosts)) {
      trial_.kill(host, power);
      undo(event, [this, host] { trial_.start(host); });
    }
  }
  void freeze(const Event& event) {
    for (const HostIndex host : trial_.some(event.hosts)) {
      trial_.census().disturb(host);
      trial_.freeze(host, event.lasting.value_or(kForGood));
      undo(event, [this, host] { trial_.census().recover(host); });
    }
  }
  void lose(const Event& event) {
    const sim::PathQuality before = trial_.world().network().quality();
    sim::PathQuality worse = before;
    worse.loss = event.loss;
    trial_.world().network().set_quality(worse);
    undo(event, [this, before] { trial_.world().network().set_quality(before); });
  }

  static constexpr Duration kForGood = bounds::kLongest;

  Trial& trial_;
  Instant start_;
  std::multimap<Duration, std::function<void()>> due_;  // since the start
  std::size_t names_ = 0;
};

}  // namespace

void play_timeline(Trial& trial) {
  trial.settle();
  trial.phase("events");
  Timeline(trial).play();
  trial.measure(trial.census().responsive(), trial.everybody_as_is(), kLimit,
                "after the last event, waiting for all to show all as they are");
  trial.run_for(10s);
}

}  // namespace smeg::simulator
