// Each cause by itself, in a Snapshot in which all is well otherwise. tests/system/daemon/why prepares the real ones.
#include "control/diagnosis.h"

#include <doctest/doctest.h>

#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;
using namespace std::chrono_literals;

namespace {

// office: alice (this host) and bob, who is alive and has shaken hands; lab is beyond bob.
struct World {
  Snapshot snapshot = well();

  static Snapshot well() {
    Snapshot out;
    out.generated = sample_time(0);
    MeshView mesh = sample_mesh();
    mesh.state_detail.clear();
    mesh.sessions = {{sample_key<crypto::IdentityKey>(2), true, true, std::nullopt, ""}};
    for (std::size_t i = 0; i < mesh.members.size(); ++i)
      mesh.members.change(i, [](MemberView& member) { member.state = MemberState::alive; });
    out.meshes = {mesh};
    ExitView exit{.mesh = mesh.id, .member = sample_key<crypto::IdentityKey>(2), .path = {sample_mesh_id(9), mesh.id}};
    exit.hops = 1;
    exit.mtu = 1'400;
    exit.state = ExitState::chosen;
    out.routes = {{*addr::Prefix::parse("fd00:9::/64"), false, {exit}}};
    return out;
  }
  MeshView& mesh() { return snapshot.meshes.front(); }
  template <class Change>
  void bob(Change change) {
    mesh().members.change(1, change);
  }
  Target target(std::string_view text) const {
    const auto found = find_target(snapshot, {}, text);
    REQUIRE(found.has_value());
    return *found;
  }
  std::string code(std::string_view text, const std::optional<Evidence>& evidence = Evidence{}) const {
    const auto target = find_target(snapshot, {}, text);
    if (!target) return target.error().code;
    const auto found = diagnose(snapshot, *target, evidence);
    if (found) CHECK_FALSE((found->cause.empty() || found->remedy.empty()));
    return found ? found->code : "";
  }
};

}  // namespace

TEST_CASE_FIXTURE(World, "what answers is reached, whatever is known against it") {
  bob([](MemberView& member) { member.state = MemberState::down; });
  CHECK(code("bob", Evidence{.answered = true}) == "");
  CHECK(code("bob", Evidence{.answered = true, .large_bytes = 1'420, .large_answered = true}) == "");
  CHECK(code("bob", Evidence{.answered = true, .large_bytes = 1'420}) == "mtu");
}

TEST_CASE_FIXTURE(World, "names") {
  CHECK(code("bobb") == "unknown-name");
  CHECK(code("fd00:1::77") == "nobody");
  snapshot.meshes.clear();
  CHECK(code("bob") == "no-mesh");
  snapshot.daemon.problems = {{ProblemKind::joining, "can't join mesh 'office': the token has expired"}};
  CHECK(code("bob") == "not-joined");
}

TEST_CASE_FIXTURE(World, "this host in the mesh") {
  SUBCASE("turned off") {
    mesh().state = MeshState::down;
    CHECK(code("bob") == "turned-off");
  }
  SUBCASE("refused") {
    mesh().state = MeshState::refused;
    CHECK(code("bob") == "refused");
  }
  SUBCASE("joining") {
    mesh().state = MeshState::joining;
    CHECK(code("bob") == "joining");
  }
  SUBCASE("removed") {
    mesh().members.change(0, [](MemberView& member) { member.state = MemberState::revoked; });
    CHECK(code("bob") == "removed");
  }
  SUBCASE("its identity is used twice") {
    mesh().state = MeshState::standing_down;
    CHECK(code("bob") == "identity-twice");
  }
  SUBCASE("it carries nothing") {
    mesh().backend = Backend::stub;
    CHECK(code("bob") == "no-tunnel-here");
  }
  SUBCASE("it has no interface") {
    mesh().interfaces.clear();
    CHECK(code("bob") == "no-interface");
  }
  SUBCASE("there is something wrong with its interface") {
    snapshot.daemon.problems = {{ProblemKind::interface, "can't set smeg0 up: not permitted", "smeg0"}};
    CHECK(code("bob") == "interface-faulty");
    snapshot.daemon.problems = {{ProblemKind::interface, "can't set other0 up: not permitted", "other0"}};
    CHECK(code("bob") != "interface-faulty");
  }
  SUBCASE("it hears nobody") {
    for (std::size_t i = 1; i < mesh().members.size(); ++i)
      mesh().members.change(i, [](MemberView& member) { member.state = MemberState::down; });
    mesh().sessions = {{sample_key<crypto::IdentityKey>(2), false, false, std::nullopt, "refused"}};
    CHECK(code("bob") == "isolated");
    CHECK(diagnose(snapshot, target("bob"), Evidence{})->cause.find("refused") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(World, "a member") {
  SUBCASE("revoked") {
    bob([](MemberView& member) { member.state = MemberState::revoked; });
    CHECK(code("bob") == "revoked");
  }
  SUBCASE("offline") {
    bob([](MemberView& member) { member.state = MemberState::offline; });
    CHECK(code("bob") == "offline");
    CHECK(code("fd00:9::1") != "");
    const auto from = diagnose_from(snapshot, target("bob"), target("alice"));
    REQUIRE(from.has_value());
    CHECK(from->code == "offline");
  }
  SUBCASE("down") {
    bob([](MemberView& member) { member.state = MemberState::down; });
    CHECK(code("bob") == "down");
  }
  SUBCASE("without a tunnel") {
    bob([](MemberView& member) { member.wg_public_key.reset(); });
    CHECK(code("bob") == "no-tunnel-there");
  }
  SUBCASE("without a handshake") {
    bob([](MemberView& member) { member.last_handshake.reset(); });
    CHECK(code("bob") == "no-handshake");
    bob([](MemberView& member) { member.last_handshake = sample_time(-181); });
    CHECK(code("bob") == "no-handshake");
  }
  SUBCASE("that is silent behind a tunnel that stands") { CHECK(code("bob") == "firewall-there"); }
  SUBCASE("whom this host may not send to") {
    CHECK(code("bob", Evidence{.send_error = Error{Code::forbidden, "Operation not permitted"}}) == "firewall-here");
    CHECK(code("bob", Evidence{.send_error = Error{Code::unavailable, "Network is unreachable"}}) == "no-way-out");
  }
  SUBCASE("with whom all is well, before anything is tried") { CHECK(code("bob", std::nullopt) == ""); }
}

TEST_CASE_FIXTURE(World, "elsewhere") {
  SUBCASE("nobody leads there") {
    CHECK(code("fd00:8::1") == "no-route");
    CHECK(code("2001:db8::1") == "no-route");
  }
  SUBCASE("whoever leads there is gone") {
    snapshot.routes[0].exits[0].state = ExitState::unreachable;
    bob([](MemberView& member) { member.state = MemberState::offline; });
    CHECK(code("fd00:9::1") == "no-exit");
    CHECK(diagnose(snapshot, target("fd00:9::1"), std::nullopt)->cause.find("offline") != std::string::npos);
  }
  SUBCASE("the ways might lead in a circle") {
    snapshot.routes[0].exits[0].state = ExitState::waiting;
    snapshot.routes[0].starving = true;
    CHECK(code("fd00:9::1") == "starving");
  }
  SUBCASE("the way is too narrow") {
    snapshot.routes[0].exits[0].mtu = 1'200;
    CHECK(code("fd00:9::1") == "mtu-below-floor");
  }
  SUBCASE("the way breaks behind the exit") {
    CHECK(code("fd00:9::1", Evidence{.hops = {{.from = addr::IpAddress::parse("fd00:1::2").value()}, {}}}) ==
          "broken-way");
  }
  SUBCASE("there is no tunnel to the exit") {
    bob([](MemberView& member) { member.last_handshake.reset(); });
    CHECK(code("fd00:9::1") == "no-handshake");
  }
}
