#include "api/events.h"

#include <random>

#include "api/limits.h"
#include "unit/api/world.h"

using namespace smeg;
using namespace smeg::api;

namespace {

std::vector<std::string> types(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& event : events) out.push_back(event.type);
  return out;
}

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing new is no event, and neither is traffic") {
  const auto before = control::sample_snapshot();
  auto after = before;
  CHECK(events_between(before, after).empty());
  after.version += 1;
  after.meshes[0].members.change(1, [&](auto& member) { member.rx_bytes += 1; });
  after.meshes[0].members.change(1, [&](auto& member) { member.last_handshake = control::sample_time(5); });
  after.meshes[0].guests[0].tx_bytes = 12;
  CHECK(events_between(before, after).empty());
}

TEST_CASE("each kind of change is told once") {
  const auto before = control::sample_snapshot();
  auto after = before;
  after.meshes[0].members.change(1, [&](auto& member) { member.alias = "robert"; });
  CHECK(types(events_between(before, after)) == Types{"member.changed"});
  const auto event = events_between(before, after).front();
  const auto data = control::Json::parse(event.data);
  REQUIRE(data);
  CHECK(text(*data, "member.alias") == "robert");
  CHECK(text(*data, "href").starts_with(office() + "/members/"));

  after = before;
  after.meshes[0].members.erase(after.meshes[0].members.size() - 1);
  CHECK(types(events_between(before, after)) == Types{"mesh.changed", "member.removed"});
  CHECK(types(events_between(after, before)) == Types{"mesh.changed", "member.added"});

  after = before;
  after.meshes[0].guests[1].state = control::GuestState::active;
  after.meshes[0].invites[0].used += 1;
  CHECK(types(events_between(before, after)) == Types{"guest.changed", "invite.changed"});

  after = before;
  after.meshes.pop_back();
  after.daemon.problems.clear();
  CHECK(types(events_between(before, after)) == Types{"daemon.changed", "mesh.removed"});
  CHECK(types(events_between(after, before)) == Types{"daemon.changed", "mesh.added"});
}

TEST_CASE("a client reads on from where it was") {
  EventLog log("run");
  auto start = log.start("");
  CHECK(start.text == "id: run-0\nevent: ready\ndata: {}\n\n");
  CHECK(log.read(start.next).empty());
  log.append({"a", "1"});
  log.append({"b", "2"});
  CHECK(log.read(start.next) == "id: run-1\nevent: a\ndata: 1\n\nid: run-2\nevent: b\ndata: 2\n\n");
  CHECK(log.read(start.next).empty());
  auto again = log.start("run-1");
  CHECK(again.text.empty());
  CHECK(log.read(again.next) == "id: run-2\nevent: b\ndata: 2\n\n");
  CHECK(log.start("run-2").next == 3);
  CHECK(log.start("run-0").next == 1);
}

TEST_CASE("who missed something, or comes from elsewhere, is told to read anew") {
  EventLog log("run");
  log.append({"a", "1"});
  for (const char* last :
       {"walk-1", "run-9", "run-", "run", "run-x", "-1", "run-1x", "run--1", "run-99999999999999999999", "\n"}) {
    const auto start = log.start(last);
    CHECK_MESSAGE(start.text == "id: run-1\nevent: reset\ndata: {}\n\n", last);
    CHECK(start.next == 2);
  }
}

TEST_CASE("the log forgets the oldest, and says so to who was behind") {
  EventLog log("run");
  std::uint64_t behind = log.start("").next;
  for (std::size_t i = 0; i < limits::kEventsKept + 10; ++i) log.append({"e", "{}"});
  CHECK(log.read(behind).find("event: reset") != std::string::npos);
  CHECK(behind == log.end());
  CHECK(log.start("run-5").text.find("reset") != std::string::npos);
  CHECK(log.start("run-10").text.empty());
  // Large ones count by their bytes.
  const std::string large(1'024 * 1'024, 'x');
  for (int i = 0; i < 10; ++i) log.append({"e", large});
  std::uint64_t eighth = log.end() - 7;
  CHECK(log.read(eighth).size() > large.size());
  std::uint64_t tenth = log.end() - 10;
  CHECK(log.read(tenth).find("reset") != std::string::npos);
}

TEST_CASE("against a twin that keeps everything") {
  std::mt19937 chance(7);
  EventLog log("r");
  std::vector<std::string> all{""};
  std::vector<std::uint64_t> readers(5, log.start("").next);
  for (int step = 0; step < 2'000; ++step) {
    const std::string data(chance() % 2'000, 'd');
    all.push_back("id: r-" + std::to_string(all.size()) + "\nevent: e\ndata: " + data + "\n\n");
    log.append({"e", data});
    std::uint64_t& next = readers[chance() % readers.size()];
    if (chance() % 3) continue;
    const std::uint64_t from = next;
    const std::string got = log.read(next);
    std::string wanted;
    for (std::uint64_t i = from; i < next; ++i) wanted += all[i];
    REQUIRE(got == wanted);
  }
}
