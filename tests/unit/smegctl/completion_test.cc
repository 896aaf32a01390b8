#include "completion.h"

#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

// What is offered, without the help: one a line.
std::string offered(Host& host, std::vector<std::string> words) {
  words.insert(words.begin(), kCompleteCommand);
  CHECK(host.run(std::move(words)) == kDone);
  std::istringstream lines(host.out.str());
  std::string out;
  for (std::string line; std::getline(lines, line);) out += line.substr(0, line.find('\t')) + '\n';
  return out;
}

const std::string kKey = "ambqgaydambqgaydambqgaydambqgaydambqgaydambqgaydambq";

}  // namespace

TEST_CASE("commands and their options are offered") {
  Host host;
  CHECK(offered(host, {"mesh", "cr"}) == "create\n");
  CHECK(offered(host, {"mesh", ""}) == "create\njoin\nleave\nlist\nshow\n");
  CHECK(offered(host, {"stat"}) == "status\n");
  CHECK(has(offered(host, {""}), "status\n"));
  CHECK(has(offered(host, {"mesh", "create", "--"}), "--wgport\n"));
  CHECK(has(offered(host, {"mesh", "create", "--"}), "--output\n"));
  CHECK(offered(host, {"mesh", "show", "--wat"}) == "--watch\n");
  CHECK(offered(host, {"-o", "json", "mesh", "lea"}) == "leave\n");
  CHECK(offered(host, {"--output=json", "mesh", "lea"}) == "leave\n");
  CHECK(has(host.out.str(), "leave\tleave a mesh for good"));
  CHECK(offered(host, {"nonsense", "mesh", ""}).empty());
  CHECK(offered(host, {"--", "mes"}) == "mesh\n");
}

TEST_CASE("older names are offered to who begins to write them") {
  Host host;
  CHECK(offered(host, {""}).find("new-mesh\n") == std::string::npos);
  CHECK(offered(host, {"new"}) == "new-mesh\n");
}

TEST_CASE("values that the table knows") {
  Host host;
  CHECK(offered(host, {"-o", ""}) == "table\nwide\njson\njson-line\nyaml\n");
  CHECK(offered(host, {"mesh", "list", "-o", "j"}) == "json\njson-line\n");
  CHECK(offered(host, {"mesh", "list", "--output=j"}) == "--output=json\n--output=json-line\n");
  CHECK(offered(host, {"invite", "create", "--role", ""}) == "peer\nclient\n");
  CHECK(offered(host, {"completion", "b"}) == "bash\n");
  CHECK(offered(host, {"health", "--check", ""}) == "live\nready\n");
  CHECK(offered(host, {"authority", "export", ""}) == ":files\n");
  CHECK(offered(host, {"--socket", ""}) == ":files\n");
  CHECK(offered(host, {"invite", "create", "--uses", ""}).empty());
}

TEST_CASE("names that the daemon knows") {
  Host host;
  CHECK(offered(host, {"-m", ""}) == "office\n");
  CHECK(offered(host, {"mesh", "show", "--mesh=o"}) == "--mesh=office\n");
  CHECK(offered(host, {"ping", ""}) == "alice\nbob\n" + kKey + "\nphone\nrouter\n");
  CHECK(offered(host, {"ping", "am"}) == kKey + "\n");
  CHECK(offered(host, {"-m", "nope", "ping", ""}).empty());
  CHECK(offered(host, {"-m", "off", "member", "revoke", "bo"}) == "bob\n");
  CHECK(offered(host, {"guest", "remove", ""}) == "phone\n");  // one of this host's
  CHECK(offered(host, {"guest", "add", ""}).empty());
  CHECK(offered(host, {"invite", "revoke", ""}) == control::to_text(control::sample_key<crypto::InviteKey>(9)) + "\n");
  CHECK(offered(host, {"route", "explain", "fd00:3"}) == "fd00:3::/64\n");
  CHECK(offered(host, {"why", "bo"}) == "bob\n");
  CHECK(offered(host, {"why", "bob", "pho"}) == "phone\n");
  CHECK(offered(host, {"wait", "--for", "member=b"}) == "member=bob\n");
  CHECK(has(offered(host, {"wait", "--for", ""}), "ready\nmesh=\n"));
  CHECK(offered(host, {"ping", "bob", ""}).empty());  // there is no second one
}

TEST_CASE("without a daemon there are no names, and no complaint") {
  Host host;
  CHECK(offered(host, {"--socket", host.folder / "none", "ping", ""}).empty());
  CHECK(offered(host, {"--socket", host.folder / "none", "mesh", "cr"}) == "create\n");
  CHECK(host.err.str().empty());
}

TEST_CASE("there is an end to candidates") {
  Host host;
  control::Snapshot snapshot = control::sample_snapshot();
  for (int i = 0; i < 2'000; ++i)
    snapshot.meshes[0].members.push_back(control::sample_member(4, "m" + std::to_string(i)));
  CLI::App app;
  std::string value;
  app.add_option("MEMBER", value)->type_name("");
  CHECK(complete(app, {"m"}, [&](const Whereabouts&) { return snapshot; }).candidates.size() == kMostCandidates);
}

TEST_CASE("what others call themselves makes no second candidate") {
  CHECK(completion_lines({{{"a", "x\ny\tz"}}, false}) == "a\tx?y?z\n");
}

TEST_CASE("each shell has a script") {
  Host host;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK(host.run({"completion", shell}) == kDone);
    CHECK(has(host.out.str(), "smegctl completion " + std::string(shell)));
    CHECK(has(host.out.str(), kCompleteCommand));
  }
  CHECK(host.run({"completion", "csh"}) == kWrongUsage);
}
