#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

control::Snapshot with_alias(const std::string& alias) {
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes.pop_back();
  snapshot.version = 43;
  snapshot.meshes[0].members.change(1, [&](control::MemberView& member) { member.alias = alias; });
  return snapshot;
}

// Says what happens while somebody watches: called with what was printed so far, whenever something was.
class Script : public std::stringbuf {
 public:
  std::function<void(const std::string&)> on_output;

 protected:
  int sync() override {
    if (on_output) on_output(str());
    return 0;
  }
};

struct Watcher {
  Host host;
  Script script;
  std::ostream out{&script};
  bool at_terminal = false;

  int run(std::vector<std::string> arguments) {
    const Surroundings around{out,
                              host.err,
                              host.in,
                              [this](const std::string& name) -> std::optional<std::string> {
                                if (name == "SMEG_SOCKET") return host.folder / "s";
                                return std::nullopt;
                              },
                              {},
                              [] { return control::sample_time(0); },
                              host.secrets,
                              at_terminal,
                              {},
                              {},
                              at_terminal,
                              [] { return std::size_t{3}; }};
    return ctl::run(arguments, around);
  }
};

std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

}  // namespace

TEST_CASE("watched, JSON comes a line a change, until the daemon goes") {
  Watcher watcher;
  watcher.script.on_output = [&](const std::string& so_far) {
    if (lines_of(so_far) == 1) watcher.host.daemon.publish(with_alias("robert"));
    if (lines_of(so_far) == 2) watcher.host.daemon.stop();
  };
  CHECK(watcher.run({"mesh", "show", "--watch", "-o", "json-line"}) == kNoDaemon);
  std::istringstream lines(watcher.script.str());
  std::string first, second, third;
  REQUIRE(std::getline(lines, first));
  REQUIRE(std::getline(lines, second));
  CHECK(!std::getline(lines, third));
  CHECK(has(first, "\"alias\":\"bob\""));
  CHECK(has(second, "\"alias\":\"robert\""));
  CHECK(has(watcher.host.err.str(), "the daemon went away"));
}

TEST_CASE("watched, what has not changed is not printed again") {
  Watcher watcher;
  watcher.script.on_output = [&](const std::string& so_far) {
    if (lines_of(so_far) == 2) {
      watcher.host.daemon.publish(with_alias("bob"));  // a newer version with the same meshes
      watcher.host.daemon.publish(with_alias("robert"));
    }
    if (so_far.find("robert") != std::string::npos) watcher.host.daemon.stop();
  };
  CHECK(watcher.run({"exit", "list", "-w"}) == kNoDaemon);
  CHECK(watcher.script.str() ==
        "EXIT  MESH    LEADS TO  CHOSEN FOR  STATE\nbob   office  1         1           ready\n\n"
        "EXIT    MESH    LEADS TO  CHOSEN FOR  STATE\nrobert  office  1         1           ready\n");
}

TEST_CASE("watched in YAML, each change is a document") {
  Watcher watcher;
  watcher.script.on_output = [&](const std::string&) { watcher.host.daemon.stop(); };
  CHECK(watcher.run({"-o", "yaml", "mesh", "list", "--watch"}) == kNoDaemon);
  CHECK(watcher.script.str().starts_with("---\nschema: 1\nmeshes:\n"));
}

TEST_CASE("watched at a terminal, it is drawn in place, as high as that is") {
  Watcher watcher;
  watcher.at_terminal = true;
  watcher.script.on_output = [&](const std::string&) { watcher.host.daemon.stop(); };
  CHECK(watcher.run({"mesh", "show", "--watch"}) == kNoDaemon);
  const std::string drawn = watcher.script.str();
  CHECK(drawn.starts_with("\033[2J\033[Hid          aeaqcaib"));
  CHECK(drawn.ends_with("\033[K\n... more than fits here\033[K\033[J"));
  CHECK(lines_of(drawn) == 2);
}

TEST_CASE("a view that there is no more ends the watch") {
  Watcher watcher;
  watcher.script.on_output = [&](const std::string&) {
    control::Snapshot none = with_alias("bob");
    none.meshes.clear();
    watcher.host.daemon.publish(none);
  };
  CHECK(watcher.run({"mesh", "show", "--watch", "-o", "json-line"}) == kRefused);
  CHECK(lines_of(watcher.script.str()) == 1);
  CHECK(watcher.run({"mesh", "leave", "--watch"}) == kWrongUsage);
}
