// What is not ours: never touched, and reported in words that help.
#include "system/netlink/fixture.h"

namespace smeg::netlink {

using namespace netstate;
using namespace test;

TEST_CASE_FIXTURE(Fixture, "a foreign interface of a wanted name is a conflict and stays as it is") {
  run("ip link add smeg0 mtu 1400 type veth peer name far && ip addr add 2001:db8::7/64 dev smeg0 nodad");
  const std::string before = output_of("ip addr show dev smeg0");
  const State state = office();
  const Plan plan = diff(observe(), state);
  CHECK(plan.empty());
  REQUIRE(plan.conflicts.size() == 1);
  // Even a plan that was made from an older look does nothing to it.
  const Plan stale = diff({}, state);
  for (const auto& result : host().apply(stale)) CHECK(!result);
  const Plan end{{SetLink{interface_name(0), mesh(1), 1'420}, RemoveInterface{interface_name(0)}}, {}};
  for (const auto& result : host().apply(end)) CHECK(result.error().code == Code::forbidden);
  CHECK(output_of("ip addr show dev smeg0") == before);
  CHECK(choose_interface(observe(), {}, "smeg", mesh(1)) == interface_name(1));
}

TEST_CASE_FIXTURE(Fixture, "others' routes and addresses on our interface stay") {
  State state = office();
  reach(state);
  run("ip -6 route add fd00:77::/64 dev smeg0 && ip -6 route add fd00::/64 dev smeg0 metric 5");
  run("ip addr add 2001:db8::8/128 dev smeg0 nodad");
  CHECK(holds(state));
  state.routes.clear();
  state.interfaces.at(interface_name(0)).addresses.clear();
  reach(state);
  CHECK(holds(state));
  const std::string routes = output_of("ip -6 route show dev smeg0");
  CHECK(routes.find("fd00:77::/64") != std::string::npos);
  CHECK(routes.find("fd00::/64 metric 5") != std::string::npos);
  CHECK(output_of("ip addr show dev smeg0").find("2001:db8::8/128") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a route that another program has already is refused with a hint") {
  run("ip link add other type veth peer name far && ip link set other up && ip -6 route add fd00::/64 dev other");
  const State state = office();
  const Plan plan = diff(observe(), state);
  const auto results = host().apply(plan);
  REQUIRE(!results.back());
  CHECK(results.back().error().code == Code::exists);
  CHECK(results.back().error().message == "cannot add route fd00::/64 over smeg0: File exists");
  CHECK(!results.back().error().hint.empty());
  CHECK(output_of("ip -6 route show fd00::/64").find("dev other") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "the kernel's own words are passed on" * doctest::skip(engines_only)) {
  State state = office();
  state.interfaces.at(interface_name(0)).mtu = 70'000;
  const Plan plan = diff(observe(), state);
  const auto results = host().apply(plan);
  std::string message;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (std::holds_alternative<SetLink>(plan.ops[i])) message = results[i].error().message;
  }
  CHECK(message == "cannot set link smeg0 up, MTU 70000: Invalid argument (kernel: mtu greater than device maximum)");
}

TEST_CASE_FIXTURE(Fixture, "an engine in another namespace with the same socket folder is not ours" *
                               doctest::skip(engines_only)) {
  const State state = office();
  reach(state);
  {
    Fixture elsewhere;  // this thread is in the new namespace from here on
    const Observed seen = elsewhere.observe();
    REQUIRE(seen.interfaces.contains(interface_name(0)));
    CHECK(!seen.interfaces.at(interface_name(0)).ours);
    CHECK(choose_interface(seen, {}, "smeg", mesh(1)) == interface_name(1));
    CHECK(diff(seen, {}).empty());
    CHECK(diff(seen, state).conflicts.size() == 1);
  }
  CHECK(holds(state));  // the first one's netlink socket still is in its own namespace
}

TEST_CASE_FIXTURE(Fixture, "an engine that can't be started says so") {
  Options broken = options();
  SUBCASE("no such program") { broken.engine.path = "/nonexistent/engine"; }
  SUBCASE("it ends at once") { broken.engine = {"false", "false", {}, false}; }
  SUBCASE("it never answers") {
    broken.engine = {"sh", "sh", {"-c", "exec sleep 60"}, false};
    broken.engine_start_timeout = std::chrono::milliseconds(200);
  }
  auto other = Host::open(broken);
  REQUIRE(other);
  const auto results = (*other)->apply(Plan{{AddInterface{interface_name(0), mesh(1)}}, {}});
  REQUIRE(results.size() == 1);
  REQUIRE(!results[0]);
  MESSAGE(results[0].error().message);
  CHECK(results[0].error().message.find("engine") != std::string::npos);
  CHECK(is_empty());
}

TEST_CASE_FIXTURE(Fixture, "the host's own addresses, the one that it sends from first") {
  CHECK(host().underlay_addresses().value().empty());
  run("ip link add one type veth peer name two && ip link add idle type veth peer name far");
  run("ip link set one up && ip link set two up");
  run("ip addr add 10.9.0.1/24 dev one && ip addr add 2001:db8:a::1/64 dev one nodad");
  run("ip addr add 10.8.0.1/24 dev two && ip addr add 2001:db8:b::1/64 dev two nodad");
  run("ip addr add 2001:db8:b::2/64 dev two nodad preferred_lft 0");  // deprecated
  run("ip addr add 10.7.0.1/24 dev idle && ip addr add 169.254.3.3/16 dev two scope link");
  run("ip route add default via 10.8.0.2 && ip -6 route add default via 2001:db8:b::9 dev two");
  reach(office());
  const auto addresses = host().underlay_addresses();
  REQUIRE(addresses);
  std::vector<std::string> texts;
  for (const auto& address : *addresses) texts.push_back(address.to_string());
  CHECK(texts == std::vector<std::string>{"2001:db8:b::1", "10.8.0.1", "10.9.0.1", "2001:db8:a::1"});
  host().take_changes();
  run("ip addr add 10.6.0.1/24 dev one");
  const Changes changes = next_changes();
  CHECK(changes.underlay);
  CHECK(!changes.ours);
}

}  // namespace smeg::netlink
