#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/sim.h"

namespace smeg::simulator {
namespace {

constexpr int kSchema = 1;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double rounded(double value, double steps) { return std::round(value * steps) / steps; }

constexpr auto kHead =
    "{:>8} {:>8} {:>8} {:>8} {:>5} {:>11} {:>9} {:>10} {:>8} {:>8} {:>8} {:>9} {:>8} {:>10} {:>10}\n";

double cpu_ms_per_minute(const Outcome& o) {
  const double minutes = std::max(seconds(o.simulated) / 60, 1e-9);
  return seconds(o.cpu) * 1'000 / static_cast<double>(std::max<std::size_t>(1, o.nodes)) / minutes;
}

std::string row(const std::string& first, const Outcome& o, double cpu) {
  const auto time = [&](unsigned percent) {
    return o.measured ? fmt::format("{:.0f}", o.percentile_ms(percent)) : std::string("-");
  };
  return fmt::format(kHead, first, time(50), time(99), time(100), o.lost, o.resurrected, o.wrongful_downs, o.violations,
                     fmt::format("{:.0f}", o.bytes_per_second), fmt::format("{:.0f}", o.worst_bytes_per_second),
                     o.most_sessions, fmt::format("{:.1f}", seconds(o.simulated)),
                     fmt::format("{:.1f}", seconds(o.wall)), fmt::format("{:.1f}", cpu),
                     fmt::format("{:.0f}", static_cast<double>(o.memory_per_node) / 1'024));
}

// Of all runs, what is worst for each column.
Outcome worst_of(const std::vector<Outcome>& outcomes) {
  Outcome worst = outcomes.front();
  for (const Outcome& o : outcomes) {
    worst.lost = std::max(worst.lost, o.lost);
    worst.resurrected = std::max(worst.resurrected, o.resurrected);
    worst.wrongful_downs = std::max(worst.wrongful_downs, o.wrongful_downs);
    worst.violations = std::max(worst.violations, o.violations);
    worst.bytes_per_second = std::max(worst.bytes_per_second, o.bytes_per_second);
    worst.worst_bytes_per_second = std::max(worst.worst_bytes_per_second, o.worst_bytes_per_second);
    worst.most_sessions = std::max(worst.most_sessions, o.most_sessions);
    worst.simulated = std::max(worst.simulated, o.simulated);
    worst.wall = std::max(worst.wall, o.wall);
    worst.memory_per_node = std::max(worst.memory_per_node, o.memory_per_node);
    if (o.percentile_ms(100) > worst.percentile_ms(100)) {
      worst.times = o.times;
      worst.observers = o.observers;
      worst.gave_up = o.gave_up;
    }
  }
  return worst;
}

}  // namespace

double Outcome::percentile_ms(unsigned percent) const {
  if (!measured) return 0;
  const Duration time = sim::percentile(times, observers, percent);
  return rounded(seconds(time == sim::kForever ? gave_up : time) * 1'000, 1'000);
}

std::string conditions(const Settings& settings) {
  const std::string meshes = settings.scenario == "bridges" ? fmt::format("{} meshes of ", settings.meshes) : "";
  std::string out = fmt::format("{}, {}{} hosts, {}", settings.scenario.empty() ? "events" : settings.scenario, meshes,
                                settings.nodes, settings.local ? "1 to 20 ms" : "10 to 150 ms by region");
  const auto share = [&](std::string_view what, double value) {
    if (value > 0) out += fmt::format(", {} {:g} %", what, value * 100);
  };
  share("loss", settings.loss);
  share("slow", settings.slow);
  share("behind NAT", settings.nat);
  share("clients", settings.clients);
  share("with a one-way link", settings.one_way);
  if (settings.power_cut) out += ", power cuts";
  return out;
}

std::string table(const Settings& settings, const std::vector<Outcome>& outcomes) {
  std::string out = conditions(settings) + "\n\n";
  out += fmt::format(kHead, "seed", "p50 ms", "p99 ms", "max ms", "lost", "resurrected", "wrongful", "violations",
                     "B/s", "worst", "sessions", "simulated", "wall s", "cpu ms/min", "KiB/node");
  double most_cpu = 0;
  for (const Outcome& o : outcomes) {
    out += row(std::to_string(o.seed), o, cpu_ms_per_minute(o));
    most_cpu = std::max(most_cpu, cpu_ms_per_minute(o));
  }
  if (outcomes.size() > 1) out += row("worst", worst_of(outcomes), most_cpu);
  for (const Outcome& o : outcomes)
    if (o.lies > 0) out += fmt::format("\nseed {}: {} lies, thrown out {} times", o.seed, o.lies, o.thrown_out);
  for (const Outcome& o : outcomes)
    for (const Outcome::Change& change : o.changes)
      out += fmt::format("\nseed {}: {}: right for all after {:.2f} s", o.seed, change.what, seconds(change.last));
  for (const Outcome& o : outcomes)
    for (const std::string& remark : o.remarks) out += fmt::format("\nseed {}: {}", o.seed, remark);
  if (out.back() != '\n') out += '\n';
  return out;
}

std::string json(const Settings& settings, const std::vector<Outcome>& outcomes) {
  auto all = nlohmann::ordered_json::array();
  for (const Outcome& o : outcomes) {
    auto changes = nlohmann::ordered_json::array();
    for (const Outcome::Change& change : o.changes)
      changes.push_back({{"what", change.what}, {"maxMs", rounded(seconds(change.last) * 1'000, 1'000)}});
    all.push_back({{"schema", kSchema},
                   {"scenario", settings.scenario},
                   {"nodes", settings.nodes},
                   {"seed", o.seed},
                   {"p50Ms", o.percentile_ms(50)},
                   {"p99Ms", o.percentile_ms(99)},
                   {"maxMs", o.percentile_ms(100)},
                   {"lost", o.lost},
                   {"resurrected", o.resurrected},
                   {"wrongfulDowns", o.wrongful_downs},
                   {"violations", o.violations},
                   {"bytesPerMemberPerSecond", rounded(o.bytes_per_second, 10)},
                   {"worstMemberBytesPerSecond", rounded(o.worst_bytes_per_second, 10)},
                   {"simulatedSeconds", rounded(seconds(o.simulated), 1'000)},
                   {"wallSeconds", rounded(seconds(o.wall), 1'000)}});
    if (!o.changes.empty()) all.back()["changes"] = std::move(changes);
  }
  return all.dump(2) + "\n";
}

}  // namespace smeg::simulator
