#include "crew.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;

Outcome outcome_of(std::uint64_t seed) {
  Outcome out;
  out.seed = seed;
  out.nodes = 12;
  out.measured = true;
  out.times = {1'234'567ns, 2s};
  out.changes = {{"a bridge dies", 3s}};
  out.observers = 2;
  out.remarks = {"not \xff text"};
  out.bytes_per_second = 0.1;
  out.cpu = 5ms;
  return out;
}

TEST_CASE("each seed has a process, and what comes of it is collected in order") {
  const pid_t first = ::getpid();
  auto crew = Crew::create(3, 7, 10);
  REQUIRE(crew);
  if (const auto seed = crew->split()) {
    if (::getpid() == first) ::_exit(3);
    crew->hand_in(outcome_of(7 + 16 - *seed));  // the last first
  }
  REQUIRE(::getpid() == first);
  const auto outcomes = crew->collect();
  REQUIRE(outcomes.size() == 10);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    CHECK(outcomes[i].seed == 7 + i);
    CHECK(outcomes[i].times == std::vector<Duration>{1'234'567ns, 2s});
    CHECK(outcomes[i].changes.at(0).last == 3s);
    CHECK(outcomes[i].bytes_per_second == 0.1);
    CHECK(outcomes[i].cpu == 5ms);
    CHECK(outcomes[i].good());
  }
}

TEST_CASE("a run that ends without an outcome is one that was not good, and the others stay") {
  auto crew = Crew::create(1, 1, 3);
  REQUIRE(crew);
  if (const auto seed = crew->split()) {
    if (*seed == 2) ::kill(::getpid(), SIGKILL);
    if (*seed == 3) ::_exit(4);
    crew->hand_in(outcome_of(*seed));
  }
  const auto outcomes = crew->collect();
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].good());
  CHECK(outcomes[1].violations == 1);
  CHECK(outcomes[1].remarks.at(0) == "the run was ended by signal 9");
  CHECK(outcomes[2].remarks.at(0) == "the run ended with status 4");
}

TEST_CASE("a process that is split off splits again") {
  auto crew = Crew::create(2, 1, 3);
  REQUIRE(crew);
  if (crew->split_off()) {
    const auto seed = crew->split();
    if (!seed) Crew::leave();
    crew->hand_in(outcome_of(*seed));
  }
  const auto outcomes = crew->collect();
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[2].seed == 3);
  CHECK(outcomes[2].good());
}

TEST_CASE("where what is shared does not come about, no run does") {
  auto crew = Crew::create(1, 1, 2);
  REQUIRE(crew);
  if (crew->split_off()) ::_exit(5);
  const auto outcomes = crew->collect();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].remarks.at(0) == "the run ended with status 5");
  CHECK(outcomes[1].remarks.at(0) == "the run did not come about");
}

}  // namespace
}  // namespace smeg::simulator
