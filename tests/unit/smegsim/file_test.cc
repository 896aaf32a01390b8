#include "file.h"

#include <doctest/doctest.h>

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;

TEST_CASE("what a file leaves out stays as it was") {
  Settings defaults;
  defaults.seeds = 7;
  const auto parsed = parse_file("scenario: partition\nnodes: 30\nloss: 2.5\nsplit: one-way\napart: 5m\n", defaults);
  REQUIRE(parsed);
  CHECK(parsed->scenario == "partition");
  CHECK(parsed->nodes == 30);
  CHECK(parsed->seeds == 7);
  CHECK(parsed->loss == doctest::Approx(0.025));
  CHECK(parsed->split == Split::one_way);
  CHECK(parsed->apart == Duration(5min));
  CHECK_FALSE(parsed->duration);
  CHECK(parse_file("", defaults)->seeds == 7);
}

TEST_CASE("a file can hold a scenario of its own") {
  const auto parsed = parse_file(
      "events:\n"
      "  - { at: 10s, do: kill, hosts: 3, for: 20s }\n"
      "  - { at: 1m, do: step-clock, by: -1h }\n"
      "  - { do: lose, loss: 30% }\n",
      {});
  REQUIRE(parsed);
  REQUIRE(parsed->events.size() == 3);
  CHECK(parsed->events[0].deed == Deed::kill);
  CHECK(parsed->events[0].at == Duration(10s));
  CHECK(parsed->events[0].hosts == 3);
  CHECK(parsed->events[0].lasting == Duration(20s));
  CHECK(parsed->events[1].by == Duration(-1h));
  CHECK_FALSE(parsed->events[1].lasting);
  CHECK(parsed->events[2].loss == doctest::Approx(0.3));
}

TEST_CASE("every problem is found at once, with its place") {
  const auto parsed = parse_file("nodse: 3\nloss: 99\nevents:\n  - { at: 5s, do: kil }\n  - { at: 5s }\n", {});
  REQUIRE_FALSE(parsed);
  std::vector<std::string> fields;
  for (const auto& problem : parsed.error()) fields.push_back(std::to_string(problem.line) + " " + problem.field);
  CHECK(fields == std::vector<std::string>{"1 nodse", "2 loss", "4 events[0].do", "5 events[1].do"});
}

TEST_CASE("shares are per cent, and in their range") {
  CHECK(parse_percent("5", 1).value() == doctest::Approx(0.05));
  CHECK(parse_percent("0.5%", 1).value() == doctest::Approx(0.005));
  CHECK(parse_percent("0", 1).value() == 0);
  for (const char* bad : {"", "%", "-1", "101", "5 %", "nan", "1e3"}) CHECK_FALSE(parse_percent(bad, 1));
  CHECK_FALSE(parse_percent("91", 0.9));
}

}  // namespace
}  // namespace smeg::simulator
