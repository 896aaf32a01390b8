#include "run.h"

#include <algorithm>

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRemarks = 20;

// Events wait up to 50 ms, 25 on average, one after another; every twenty seconds or so nothing is done for a second.
constexpr sim::Pace kSlowPace{50ms, 1s, 20s};

}  // namespace

sim::PathQuality quality_of(const Settings& settings) {
  if (settings.local) return {1ms, 20ms, settings.loss, sim::Spread::uniform};
  return sim::wide_area(settings.loss);
}

sim::HostOptions host_options(const Settings& settings, SeededRng& chance, bool founder) {
  sim::HostOptions options;
  options.config.backend = config::Backend::stub;
  if (!founder) {
    options.reachable = chance.below(1'000'000) >= static_cast<std::uint64_t>(settings.nat * 1'000'000);
    if (chance.below(1'000'000) < static_cast<std::uint64_t>(settings.slow * 1'000'000)) options.pace = kSlowPace;
  }
  return options;
}

void remark(Outcome& outcome, std::string what) {
  if (outcome.remarks.size() < kRemarks) outcome.remarks.push_back(std::move(what));
}

void violate(Outcome& outcome, Instant now, const std::string& what) {
  ++outcome.violations;
  remark(outcome, format_duration(now.time_since_epoch()) + " " + what);
}

std::vector<std::uint64_t> sent_by_all(const sim::World& world) {
  std::vector<std::uint64_t> out;
  for (std::uint32_t i = 0; i < world.size(); ++i) out.push_back(world.network().traffic({i}).sent);
  return out;
}

void count_traffic(Outcome& outcome, const sim::World& world, const std::vector<sim::HostIndex>& hosts, Instant since,
                   const std::vector<std::uint64_t>& before) {
  const double seconds = std::chrono::duration<double>(world.now() - since).count();
  if (seconds <= 0 || hosts.empty()) return;
  double sum = 0;
  for (const sim::HostIndex host : hosts) {
    const std::uint64_t had_sent = host.value < before.size() ? before[host.value] : 0;
    const double rate = static_cast<double>(world.network().traffic(host).sent - had_sent) / seconds;
    sum += rate;
    outcome.worst_bytes_per_second = std::max(outcome.worst_bytes_per_second, rate);
  }
  outcome.bytes_per_second = sum / static_cast<double>(hosts.size());
}

void conclude(Outcome& outcome, const sim::World& world, const sim::Honesty& honesty, const Usage& began) {
  const Usage now = usage_now();
  for (const auto* complaints : {&world.complaints(), &honesty.complaints()})
    for (const std::string& complaint : *complaints) violate(outcome, world.now(), complaint);
  outcome.nodes = world.size();
  outcome.simulated = world.now() - Instant{1s};
  outcome.memory_per_node =
      (std::max(now.memory, began.memory) - began.memory) / std::max<std::size_t>(1, world.size());
  outcome.wall = now.wall - began.wall;
  outcome.cpu = now.cpu - began.cpu;
}

}  // namespace smeg::simulator
