#include "report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;

Outcome some_outcome(std::uint64_t seed) {
  Outcome out;
  out.seed = seed;
  out.nodes = 4;
  out.measured = true;
  out.times = {100ms, 200ms, 1'500ms};
  out.observers = 4;
  out.gave_up = 60s;
  out.bytes_per_second = 1'234.56;
  out.simulated = 90s;
  out.wall = 1'250ms;
  return out;
}

TEST_CASE("whoever did not come to know counts with the time after which we gave up") {
  const Outcome out = some_outcome(1);
  CHECK(out.percentile_ms(50) == 200);
  CHECK(out.percentile_ms(75) == 1'500);
  CHECK(out.percentile_ms(99) == 60'000);
  CHECK(out.percentile_ms(100) == 60'000);
}

TEST_CASE("where nothing is measured the times are zero") {
  Outcome out;
  CHECK(out.percentile_ms(99) == 0);
  CHECK(out.good());
}

TEST_CASE("the JSON has one object a seed, with these keys and no others") {
  Settings settings;
  settings.scenario = "leader-kill";
  settings.nodes = 4;
  const auto parsed = nlohmann::json::parse(json(settings, {some_outcome(7), some_outcome(8)}));
  REQUIRE(parsed.size() == 2);
  std::set<std::string> keys;
  for (const auto& [key, value] : parsed[1].items()) keys.insert(key);
  CHECK(keys == std::set<std::string>{"schema", "scenario", "nodes", "seed", "p50Ms", "p99Ms", "maxMs", "lost",
                                      "resurrected", "wrongfulDowns", "violations", "bytesPerMemberPerSecond",
                                      "worstMemberBytesPerSecond", "simulatedSeconds", "wallSeconds"});
  CHECK(parsed[1]["seed"] == 8);
  CHECK(parsed[0]["p50Ms"] == 200.0);
  CHECK(parsed[0]["bytesPerMemberPerSecond"] == 1'234.6);
  CHECK(parsed[0]["wallSeconds"] == 1.25);
}

TEST_CASE("the table ends with the worst of the seeds, and what was wrong") {
  Settings settings;
  settings.scenario = "update";
  settings.loss = 0.05;
  Outcome worse = some_outcome(2);
  worse.lost = 3;
  worse.remarks = {"12s h1 lost h2"};
  const std::string text = table(settings, {some_outcome(1), worse});
  CHECK(text.starts_with("update, 100 hosts, 10 to 150 ms by region, loss 5 %\n"));
  CHECK(text.find("worst") != std::string::npos);
  CHECK(text.find("seed 2: 12s h1 lost h2\n") != std::string::npos);
}

}  // namespace
}  // namespace smeg::simulator
