#include "control/render_routes.h"

#include <doctest/doctest.h>

#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;

namespace {

addr::IpAddress ip(std::string_view text) { return *addr::IpAddress::parse(text); }

// The sample, with alice as another exit to the same prefix.
Snapshot two_exits() {
  Snapshot snapshot = sample_snapshot();
  ExitView other = snapshot.routes[0].exits[0];
  other.member = sample_key<crypto::IdentityKey>(3);
  other.hops = 2;
  other.path = {sample_mesh_id(3), sample_mesh_id(4), sample_mesh_id(1)};
  other.state = ExitState::worse;
  snapshot.routes[0].exits.push_back(other);
  return snapshot;
}

}  // namespace

TEST_CASE("routes, exits and bridges, for people") {
  CHECK(route_table(sample_snapshot()) ==
        R"(DESTINATION  HOPS  EXIT  MESH    MTU   STATE
fd00:3::/64  1     bob   office  1380  one exit
)");
  CHECK(exit_table(two_exits()) ==
        R"(EXIT      MESH    LEADS TO  CHOSEN FOR  STATE
bob       office  1         1           ready
ambqgayd  office  1         0           ready
)");
  CHECK(bridge_table(two_exits()) ==
        R"(BRIDGE  MESH    TO        STATE
bob     office  ambqgayd  ready
)");
  CHECK(route_table({}).find("no member of them bridges") != std::string::npos);
}

TEST_CASE("where packets go, and why") {
  CHECK(route_explanation(two_exits(), ip("fd00:3::9")) ==
        R"(fd00:3::9 is in fd00:3::/64, 1 hop away: office > ambqgayd.
The next host is bob, fd00:1::2, in office. Packets of up to 1380 bytes pass, as those on the way say.
  EXIT      MESH    HOPS  COST  WEIGHT  MTU   STATE   PATH
  bob       office  1     5     2       1380  chosen  office > ambqgayd
  ambqgayd  office  2     5     2       1380  worse   office > aqcaibae > ambqgayd
)");
  const auto says = [](const char* to, const char* what) {
    const std::string text = route_explanation(sample_snapshot(), ip(to));
    CHECK_MESSAGE(text.find(what) != std::string::npos, text);
  };
  says("fd00:1::1", "is this host itself in office");
  says("fd00:1::2", "is bob in office");
  says("fd00:1::7", "is the guest phone in office");
  says("fd00:1::99", "is nobody's address in office");
  says("2001:db8::1", "Nobody in this host's meshes leads to");
}

TEST_CASE("destinations by address, alias and mesh id") {
  const Snapshot snapshot = sample_snapshot();
  CHECK(find_destination(snapshot, "fd00:3::9") == ip("fd00:3::9"));
  CHECK(find_destination(snapshot, "bob") == ip("fd00:1::2"));
  CHECK(find_destination(snapshot, to_text(sample_mesh_id(9))) == addr::mesh_prefix(sample_mesh_id(9)).address());
  CHECK(find_destination(snapshot, "nobody").error().code == Code::not_found);
}

TEST_CASE("what would be lost without a member") {
  const Snapshot snapshot = two_exits();
  const MeshView& mesh = snapshot.meshes[0];
  const MemberView& bob = **find_member(mesh, {"bob"});
  const Losses losses = losses_without(snapshot, mesh, bob);
  CHECK(losses.lost.empty());
  CHECK(losses.at_risk == std::vector{snapshot.routes[0].prefix});
  CHECK(losses.guests.size() == 1);
  CHECK(losses_without(sample_snapshot(), mesh, bob).lost == std::vector{snapshot.routes[0].prefix});
  CHECK(plan_table(sample_snapshot(), mesh, bob).find("to which nobody else leads") != std::string::npos);
  CHECK(single_ways(sample_snapshot()) ==
        std::vector<std::string>{"bob of office is the only way between office and ambqgayd",
                                 "bob of office is the only way to fd00:3::/64 (ambqgayd)"});
}

TEST_CASE("a trace, hop by hop, and what to make of it") {
  const Snapshot snapshot = sample_snapshot();
  const TraceHop first{.from = ip("fd00:1::2"), .rtt_ms = 1.234},
      last{.from = ip("fd00:3::9"), .rtt_ms = 12, .arrived = true};
  CHECK(trace_line(snapshot, 1, first) == " 1  fd00:1::2  bob in office  1.23 ms\n");
  CHECK(trace_line(snapshot, 2, last) == " 2  fd00:3::9  in ambqgayd  12.00 ms\n");
  CHECK(trace_line(snapshot, 3, {}) == " 3  *\n");
  CHECK(trace_verdict(snapshot, ip("fd00:3::9"), {first, last}).empty());
  CHECK(trace_verdict(snapshot, ip("fd00:3::9"), {first, {}}) ==
        "packets come as far as fd00:1::2 (bob in office); whoever comes next does not answer");
}
