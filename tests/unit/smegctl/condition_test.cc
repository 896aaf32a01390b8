#include "condition.h"

#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

std::string lack(const std::string& text, const control::Snapshot& snapshot, const std::string& mesh = "office") {
  const auto condition = parse_condition(text);
  REQUIRE(condition);
  return lacking(*condition, snapshot, {mesh}, control::sample_time(0));
}

}  // namespace

TEST_CASE("conditions that are met, and what others lack") {
  const control::Snapshot snapshot = control::sample_snapshot();
  CHECK(lack("ready", snapshot) == "the mesh " + control::to_text(control::sample_mesh_id(2)) + " is joining");
  CHECK(lack("mesh=office", snapshot).empty());
  CHECK(lack("mesh=nope", snapshot) == "there is no mesh 'nope'");
  CHECK(lack("members=2", snapshot).empty());
  CHECK(lack("members=3", snapshot) == "2 of 3 members are alive");
  CHECK(lack("members=1", snapshot, "nope") == "there is no mesh 'nope'");
  CHECK(lack("member=bob", snapshot).empty());
  CHECK(lack("member=bob up", snapshot).empty());
  CHECK(lack("member=bob down", snapshot) == "bob is alive");
  CHECK(lack("member=ambq", snapshot) == "ambqgayd is suspect");
  CHECK(lack("member=ambq down", snapshot).empty());
  CHECK(lack("member=carol", snapshot) == "there is no member 'carol'");
  CHECK(lack("member=carol down", snapshot).empty());
  CHECK(lack("peer=bob", snapshot).empty());
  CHECK(lack("peer=alice", snapshot) == "there was no handshake with alice yet");
  CHECK(lack("route=fd00:3::/64", snapshot).empty());
  CHECK(lack("route=fd00:3::5", snapshot).empty());
  CHECK(lack("route=fd00:1::/64", snapshot).empty());
  CHECK(lack("route=fd00:9::/64", snapshot) == "there is no way to fd00:9::/64");
}

TEST_CASE("an old handshake is no tunnel") {
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes[0].members.change(
      1, [](control::MemberView& member) { member.last_handshake = control::sample_time(-181); });
  CHECK(lack("peer=bob", snapshot) == "the last handshake with bob was 3m ago");
}

TEST_CASE("what is no condition") {
  for (const char* text : {"", "redy", "members", "members=", "members=0", "members=-1", "members=16385", "members=2x",
                           "member=", "member=bob away", "member= up", "route=here", "=", "x=y"}) {
    CAPTURE(text);
    CHECK(!parse_condition(text));
  }
  CHECK(has(parse_condition("redy").error().hint, "use ready, mesh=NAME"));
}

TEST_CASE("wait returns at once where all is so, and says what lacks where time is over") {
  Host host;
  CHECK(host.run({"wait", "--for", "ready", "--for", "members=2"}) == kDone);
  CHECK(host.out.str().empty());
  CHECK(host.run({"wait", "--for", "members=2", "-o", "json-line"}) == kDone);
  CHECK(host.out.str().starts_with("{\"schema\":1,\"met\":true,\"afterMs\":"));
  CHECK(host.run({"wait", "--for", "ready", "--for", "members=3", "--timeout", "0"}) == kRefused);
  CHECK(has(host.err.str(), "2 of 3 members are alive, and did not come about in 0s\n  `smegctl status`"));
  CHECK(host.run({"wait"}) == kWrongUsage);
  CHECK(host.run({"wait", "--for", "nothing"}) == kWrongUsage);
  CHECK(host.run({"--socket", host.folder / "none", "wait", "--for", "ready", "--timeout", "1ms"}) == kNoDaemon);
}

TEST_CASE("wait follows the daemon until it is so") {
  Host host;
  std::thread later([&] {
    control::Snapshot snapshot = control::sample_snapshot();
    snapshot.meshes.pop_back();
    snapshot.meshes[0].members.change(2,
                                      [](control::MemberView& member) { member.state = control::MemberState::alive; });
    host.daemon.publish(snapshot);
  });
  CHECK(host.run({"wait", "--for", "members=3", "--timeout", "1m"}) == kDone);
  later.join();
}

TEST_CASE("health is an exit status") {
  Host host;
  CHECK(host.run({"health"}) == kDone);
  CHECK(host.out.str() == "ok\n");
  CHECK(host.run({"health", "--check", "ready", "-o", "json-line"}) == kDone);
  CHECK(has(host.out.str(), R"({"schema":1,"check":"ready","ok":true,"problems":[{"kind":"storage",)"));
  host.daemon.publish(control::sample_snapshot());  // with a mesh that it still joins
  CHECK(host.run({"health", "--check", "live"}) == kDone);
  CHECK(host.run({"health", "--check", "ready"}) == kRefused);
  CHECK(has(host.err.str(), " is joining\n"));
  CHECK(host.run({"health", "--check", "well"}) == kWrongUsage);
  CHECK(host.run({"--socket", host.folder / "none", "health", "--check", "live"}) == kNoDaemon);
}

TEST_CASE("metrics tell of the daemon, and that there is none") {
  Host host;
  CHECK(host.run({"metrics"}) == kDone);
  CHECK(has(host.out.str(), "\nsmegmesh_daemon_up 1\n"));
  CHECK(has(host.out.str(), "smegmesh_members{"));
  CHECK(host.out.str().find("smegmesh_api_") == std::string::npos);
  CHECK(host.run({"--socket", host.folder / "none", "metrics"}) == kNoDaemon);
  CHECK(has(host.out.str(), "\nsmegmesh_daemon_up 0\n"));
  CHECK(host.run({"metrics", "-o", "json"}) == kWrongUsage);
}
