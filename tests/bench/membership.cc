// A host that starts in a large mesh: it takes in the records of all members, every signature checked for the first
// time. Build with -DSMEG_BENCH=ON; run bench_membership. Time is the processor's over all calls of the core; start_ms
// is the first of them, which reads the files before anything else goes on, longest_call_ms the longest of those that
// come after it, call_95_ms what 95 of 100 of those stay below.
#include <benchmark/benchmark.h>

#include <time.h>

#include <algorithm>

#include "sim/sim.h"

namespace {

using namespace smeg;
using namespace smeg::sim;

// What the node of one host does until nothing is left to do at once: the length of each call, the start's first.
std::vector<double> calls_to_load(const config::Config& config, const node::LoadedFiles& files, WallTime wall) {
  std::vector<double> calls;
  const auto processor_time = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const auto timed = [&](auto call) {
    const double began = processor_time();
    call();
    calls.push_back(processor_time() - began);
  };
  const Instant now{std::chrono::seconds(1)};
  SeededRng jitter(1);
  SeededKeySource keys(1);
  Result<std::unique_ptr<node::Node>> node = fail(Code::unavailable, "not made yet");
  timed([&] { node = node::Node::create(config, files, jitter, keys, now, wall); });
  for (bool more = true; more;) {
    timed([&] {
      (*node)->on_deadline(now);
      benchmark::DoNotOptimize((*node)->take_effects());
    });
    more = (*node)->next_deadline() <= now;
  }
  return calls;
}

void load(benchmark::State& state) {
  World world(1);
  ConvergedOptions options;
  options.members = static_cast<std::size_t>(state.range(0));
  options.host = [](std::size_t) {
    HostOptions host;
    host.config.backend = config::Backend::stub;
    return host;
  };
  const auto mesh = add_converged(world, options, 1);
  if (!mesh) return state.SkipWithError(mesh.error().message.c_str());
  config::Config config;
  config.backend = config::Backend::stub;
  std::vector<double> calls;
  for (auto _ : state) {
    calls = calls_to_load(config, world.disk(mesh->hosts.back()).files(), world.wall(mesh->hosts.back()));
    double sum = 0;
    for (const double call : calls) sum += call;
    state.SetIterationTime(sum);
  }
  state.counters["start_ms"] = calls.front() * 1e3;
  calls.erase(calls.begin());
  std::ranges::sort(calls);
  state.counters["longest_call_ms"] = calls.back() * 1e3;
  state.counters["call_95_ms"] = calls[calls.size() * 95 / 100] * 1e3;
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(load)->Arg(300)->Arg(3'000)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
