// When each host came to know something.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sim/world.h"

namespace smeg::sim {

// Job: notes for each observer since when its Snapshot has said what is asked for; one that says it and then no more
// has to say it again. Begins when it is made, and ends with it. Caller: a scenario. Single-threaded.
class Awareness {
 public:
  using Question = std::function<bool(const control::MeshView&)>;

  Awareness(World& world, const MeshId& mesh, const std::vector<HostIndex>& observers, Question question);

  bool all() const { return state_->known == state_->observers; }
  std::size_t known() const { return state_->known; }
  std::size_t observers() const { return state_->observers; }
  // Of those who know it, how long they took since this began; sorted.
  std::vector<Duration> times() const;
  // The observers that don't know it.
  std::vector<HostIndex> missing() const;

 private:
  struct State {
    MeshId mesh;
    Question question;
    Instant began;
    std::size_t observers = 0;
    std::size_t known = 0;
    std::vector<bool> observes;                 // by host
    std::vector<std::optional<Instant>> since;  // by host

    void hear(HostIndex host, const control::MeshView* view, Instant now);
  };

  std::shared_ptr<State> state_;  // the world's watcher holds on to it weakly
};

// The least of sorted times that so many per cent of `all` don't exceed; those that are not there take forever:
// kForever.
inline constexpr Duration kForever = Duration::max();
Duration percentile(const std::vector<Duration>& sorted, std::size_t all, unsigned percent);

}  // namespace smeg::sim
