// Hosts that come and go.
#include <algorithm>
#include <map>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using sim::HostIndex;

constexpr Duration kLimit = 300s;   // for everybody to come to know
constexpr Duration kChurn = 3min;   // unless the settings say otherwise
constexpr Duration kBetween = 40s;  // divided by the hosts: between one thing that happens and the next, on average
constexpr Duration kShortestBetween = 20ms;
constexpr Duration kAway = 30s;          // at most
constexpr Duration kFrozen = 10s;        // at most
constexpr std::size_t kAwayShare = 10;   // one in so many hosts is away at a time, at most
constexpr std::size_t kLeaveShare = 20;  // one in so many leaves, at most

// Does things to hosts, one after another, and sees that they come back.
class Churn {
 public:
  explicit Churn(Trial& trial) : trial_(trial) {}

  void run_for(Duration duration) {
    const Instant until = trial_.world().now() + duration;
    const auto hosts = static_cast<int>(trial_.settings().nodes);
    const Duration between = std::max(kBetween / hosts, kShortestBetween);
    while (trial_.world().now() < until) {
      something();
      trial_.run_for(trial_.chance().jitter(2 * between));
      bring_back(trial_.world().now());
    }
    bring_back(Instant::max());
  }

 private:
  enum class Deed { kill, freeze, rename, leave, join };

  void something() {
    constexpr Deed kDeeds[] = {Deed::kill, Deed::kill, Deed::freeze, Deed::rename, Deed::leave, Deed::join};
    const Deed deed = kDeeds[trial_.chance().below(std::size(kDeeds))];
    switch (deed) {
      case Deed::kill: return send_away(&Churn::kill, kAway);
      case Deed::freeze: return send_away(&Churn::freeze, kFrozen);
      case Deed::rename: return trial_.rename(trial_.any(), "name-" + std::to_string(++names_));
      case Deed::leave:
        if (left_ < trial_.settings().nodes / kLeaveShare && left_++ < joined_ + 1) leave();
        return;
      case Deed::join:
        if (joined_ < trial_.settings().nodes / kLeaveShare) join();
        return;
    }
  }

  void kill(HostIndex host, Duration) { trial_.kill(host); }
  void freeze(HostIndex host, Duration duration) {
    trial_.census().disturb(host);
    trial_.freeze(host, duration);
  }
  void send_away(void (Churn::*deed)(HostIndex, Duration), Duration most) {
    const HostIndex host = trial_.any();
    if (away_.size() >= trial_.settings().nodes / kAwayShare || away_.contains(host)) return;
    const Duration duration = 1s + trial_.chance().jitter(most);
    (this->*deed)(host, duration);
    away_[host] = trial_.world().now() + duration;
  }
  void leave() {
    const HostIndex host = trial_.any();
    if (host != trial_.founder() && !away_.contains(host)) trial_.leave(host);
  }
  void join() {
    ++joined_;
    trial_.join();
  }
  void bring_back(Instant by) {
    std::erase_if(away_, [&](const auto& entry) {
      if (entry.second > by) return false;
      if (!trial_.world().is_up(entry.first)) trial_.world().start(entry.first);
      trial_.census().recover(entry.first);
      return true;
    });
  }

  Trial& trial_;
  std::map<HostIndex, Instant> away_;
  std::size_t names_ = 0;
  std::size_t left_ = 0;
  std::size_t joined_ = 0;
};

}  // namespace

void play_churn(Trial& trial) {
  trial.settle();
  trial.phase("churning");
  Churn(trial).run_for(trial.settings().duration.value_or(kChurn));
  trial.measure(trial.census().live(), trial.everybody_alive(), kLimit, "calm again, waiting for all to show all");
  trial.run_for(10s);
}

}  // namespace smeg::simulator
