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

  CHECK(host.run({"config", "show", good}) == kDone);
  CHECK(has(host.out.str(), "\nmtu: 1400\n"));
  CHECK(has(host.out.str(), "\nbackend: auto\n"));
  CHECK(host.out.str().find("secret") == std::string::npos);
  CHECK(host.run({"config", "show", bad}) == kRefused);
  CHECK(has(host.err.str(), "config check "));
  CHECK(host.run({"config", "show", good, "-o", "json"}) == kWrongUsage);

  CHECK(host.run({"config", "diff", good}) == kDone);
  CHECK(has(host.out.str(), "mtu                       1420     1400\n"));
  CHECK(has(host.out.str(), "baseConfiguration.postUp  -        [/bin/tell, ...]\n"));
  CHECK(host.run({"config", "diff", good, "--from", good}) == kDone);
  CHECK(host.out.str() == "There is no difference.\n");
  CHECK(host.run({"config", "diff", good, "-o", "json-line"}) == kDone);
  CHECK(has(host.out.str(), R"({"field":"mtu","before":"1420","after":"1400"})"));
  CHECK(host.seen.empty());
}
