#include "sim/awareness.h"

#include <algorithm>

namespace smeg::sim {

Awareness::Awareness(World& world, const MeshId& mesh, const std::vector<HostIndex>& observers, Question question)
    : state_(std::make_shared<State>()) {
  state_->mesh = mesh;
  state_->question = std::move(question);
  state_->began = world.now();
  state_->observers = observers.size();
  state_->observes.resize(world.size());
  state_->since.resize(world.size());
  for (const HostIndex host : observers) {
    state_->observes[host.value] = true;
    state_->hear(host, world.view(host, mesh), world.now());
  }
  world.watch([&world, weak = std::weak_ptr(state_)](HostIndex host, const control::Snapshot& snapshot) {
    const auto state = weak.lock();
    if (!state || host.value >= state->observes.size() || !state->observes[host.value]) return;
    const auto view = std::ranges::find(snapshot.meshes, state->mesh, &control::MeshView::id);
    state->hear(host, view == snapshot.meshes.end() ? nullptr : &*view, world.now());
  });
}

void Awareness::State::hear(HostIndex host, const control::MeshView* view, Instant now) {
  auto& since_when = since[host.value];
  const bool knows = view && question(*view);
  if (knows == since_when.has_value()) return;
  if (knows) {
    since_when = now;
    ++known;
  } else {
    since_when.reset();
    --known;
  }
}

std::vector<Duration> Awareness::times() const {
  std::vector<Duration> out;
  for (const auto& since : state_->since)
    if (since) out.push_back(*since - state_->began);
  std::ranges::sort(out);
  return out;
}

std::vector<HostIndex> Awareness::missing() const {
  std::vector<HostIndex> out;
  for (std::uint32_t host = 0; host < state_->observes.size(); ++host)
    if (state_->observes[host] && !state_->since[host]) out.push_back({host});
  return out;
}

Duration percentile(const std::vector<Duration>& sorted, std::size_t all, unsigned percent) {
  if (all == 0) return Duration::zero();
  const std::size_t rank = (all * percent + 99) / 100;
  return rank == 0 ? sorted.front() : rank > sorted.size() ? kForever : sorted[rank - 1];
}

}  // namespace smeg::sim
