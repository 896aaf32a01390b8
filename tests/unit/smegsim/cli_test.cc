#include "cli.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scenarios.h"

namespace smeg::simulator {
namespace {

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

Ran run_line(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run(arguments, {out, err, false});
  return {status, out.str(), err.str()};
}

TEST_CASE("the list has every scenario, a line each") {
  const Ran ran = run_line({"list"});
  CHECK(ran.status == kDone);
  for (const Scenario& scenario : scenarios()) {
    CHECK(("\n" + ran.out).find("\n" + std::string(scenario.name) + " ") != std::string::npos);
    CHECK(find_scenario(scenario.name) == &scenario);
  }
  CHECK(find_scenario("nothing") == nullptr);
}

TEST_CASE("wrong usage has status 2, and says what is wrong") {
  CHECK(run_line({}).status == kWrongUsage);
  CHECK(run_line({"run"}).status == kWrongUsage);
  const Ran unknown = run_line({"run", "nonsense"});
  CHECK(unknown.status == kWrongUsage);
  CHECK(unknown.err.find("nonsense") != std::string::npos);
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{{"--nodes", "1"},
                                                                                   {"--loss", "95"},
                                                                                   {"--seeds", "0"},
                                                                                   {"-o", "xml"},
                                                                                   {"--split", "odd"},
                                                                                   {"--apart", "soon"}}) {
    std::vector<std::string> line{"run", "idle"};
    line.insert(line.end(), bad.begin(), bad.end());
    CHECK(run_line(line).status == kWrongUsage);
  }
  CHECK(run_line({"run", "--file", "/nonexistent/file.yaml"}).status == kWrongUsage);
}

TEST_CASE("options stand above a file") {
  const std::string path = "/tmp/smegsim-cli-test-" + std::to_string(::getpid()) + ".yaml";
  std::ofstream(path) << "scenario: update\nnodes: 4\nseed: 11\nlocal: true\n";
  const Ran ran = run_line({"run", "--file", path, "--seed", "12", "-o", "json", "-q"});
  std::remove(path.c_str());
  REQUIRE(ran.status == kDone);
  const auto parsed = nlohmann::json::parse(ran.out);
  REQUIRE(parsed.size() == 1);
  CHECK(parsed[0]["scenario"] == "update");
  CHECK(parsed[0]["nodes"] == 4);
  CHECK(parsed[0]["seed"] == 12);
  CHECK(parsed[0]["maxMs"] > 0);
  CHECK(ran.err.empty());
}

TEST_CASE("runs that share a start: the first is as it is alone, the next goes its own way from there") {
  const auto outcomes = [](const std::vector<std::string>& more) {
    std::vector<std::string> line{"run", "update", "--nodes", "6", "--seed", "3", "-o", "json", "-q"};
    line.insert(line.end(), more.begin(), more.end());
    const Ran ran = run_line(line);
    CHECK(ran.status == kDone);
    auto parsed = nlohmann::json::parse(ran.out);
    for (auto& one : parsed) one.erase("wallSeconds");
    return parsed;
  };
  const auto alone = outcomes({"--seeds", "2"});
  const auto shared = outcomes({"--seeds", "2", "--share-start", "--jobs", "2"});
  REQUIRE(alone.size() == 2);
  REQUIRE(shared.size() == 2);
  CHECK(shared[0] == alone[0]);
  CHECK(shared[1]["seed"] == 4);
  CHECK(shared[1]["maxMs"] != alone[0]["maxMs"]);
  CHECK(outcomes({}) == nlohmann::json::array({alone[0]}));
  CHECK(run_line({"run", "bootstrap", "--share-start"}).status == kWrongUsage);
}

}  // namespace
}  // namespace smeg::simulator
