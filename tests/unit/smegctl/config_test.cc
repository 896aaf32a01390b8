#include <fstream>

#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

TEST_CASE("files of configuration are checked, shown whole, and compared") {
  Host host;
  const std::string good = host.folder / "good.yaml";
  const std::string bad = host.folder / "bad.yaml";
  std::ofstream(good) << "mtu: 1400\nbaseConfiguration: {postUp: /bin/tell secret}\n";
  std::ofstream(bad) << "mtu: 5\nbranhc: 3\n";
  CHECK(host.run({"config", "check", good}) == kDone);
  CHECK(host.out.str() == good + " is valid\n");
  CHECK(host.run({"config", "check", bad}) == kRefused);
  CHECK(has(host.out.str(), bad + ":1:6: mtu: "));
  CHECK(has(host.out.str(), bad + ":2:1: branhc: "));
  CHECK(host.run({"config", "check", bad, "-o", "json-line"}) == kRefused);
  CHECK(has(host.out.str(), R"("valid":false,"problems":[{"line":1,"column":6,"field":"mtu",)"));
  CHECK(host.run({"config", "check", host.folder / "none"}) == kRefused);

  CHECK(host.run({"config", "show", "--file", good}) == kDone);
  CHECK(has(host.out.str(), "\nmtu: 1400\n"));
  CHECK(has(host.out.str(), "\nbackend: auto\n"));
  CHECK(host.out.str().find("secret") == std::string::npos);
  CHECK(host.run({"config", "show", "--file", bad}) == kRefused);
  CHECK(has(host.err.str(), "config check "));
  CHECK(host.run({"config", "show", "--file", good, "-o", "json-line"}) == kDone);
  CHECK(has(host.out.str(), R"({"schema":1,"yaml":"gRPCPort: )"));
  CHECK(host.run({"config", "show", "--file", good, "-o", "yaml"}) == kDone);
  CHECK(has(host.out.str(), "\nmtu: 1400\n"));

  CHECK(host.run({"config", "diff", "--file", good}) == kDone);
  CHECK(has(host.out.str(), "mtu                       1420     1400              on reload\n"));
  CHECK(has(host.out.str(), "baseConfiguration.postUp  -        [/bin/tell, ...]  on reload\n"));
  CHECK(host.run({"config", "diff", "--file", good, "--from", good}) == kDone);
  CHECK(host.out.str() == "There is no difference.\n");
  CHECK(host.run({"config", "diff", "--file", good, "-o", "json-line"}) == kDone);
  CHECK(has(host.out.str(), R"({"field":"mtu","before":"1420","after":"1400","takesEffect":"reload"})"));
  CHECK(host.run({"config", "diff", "--from", good}) == kWrongUsage);
  CHECK(host.seen.empty());
}

TEST_CASE("what the daemon goes by, and how its file differs") {
  Host shown{control::Reply(control::ConfigShown{"mtu: 1420\nmeshes: []\n"})};
  CHECK(shown.run({"config", "show"}) == kDone);
  CHECK(shown.out.str() == "mtu: 1420\nmeshes: []\n");
  CHECK(shown.seen.at(0) == control::Command(control::DaemonConfig{}));
  Host differs{control::Reply(control::ConfigDiffered{{{"mtu", "1420", "1400", control::TakesEffect::on_reload},
                                                       {"backend", "auto", "stub", control::TakesEffect::on_start},
                                                       {"branch", "", "5", control::TakesEffect::never}}})};
  CHECK(differs.run({"config", "diff"}) == kDone);
  CHECK(differs.out.str() ==
        "KEY      RUNNING  FILE  TAKES EFFECT\n"
        "mtu      1420     1400  on reload\n"
        "backend  auto     stub  on restart\n"
        "branch   -        5     never\n");
  Host same{control::Reply(control::ConfigDiffered{})};
  CHECK(same.run({"config", "diff"}) == kDone);
  CHECK(same.out.str() == "There is no difference.\n");
}
