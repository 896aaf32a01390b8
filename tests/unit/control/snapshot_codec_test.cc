#include <doctest/doctest.h>

#include "control/codec.h"
#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;

namespace {

std::vector<std::string> names(const Json& json) {
  std::vector<std::string> out;
  for (const JsonField& field : *json.as<JsonObject>()) out.push_back(field.name);
  return out;
}

const Json& at(const Json& json, std::string_view name) {
  for (const JsonField& field : *json.as<JsonObject>())
    if (field.name == name) return field.value;
  FAIL("no field " << name);
  return json;
}

std::string complaint(std::string from, const std::string& to) {
  std::string text = to_json(sample_snapshot());
  const auto place = text.find(from);
  REQUIRE(place != std::string::npos);
  text.replace(place, from.size(), to);
  const auto json = Json::parse(text);
  if (!json) return json.error().message;
  const auto snapshot = snapshot_from_json(*json);
  return snapshot ? "accepted" : snapshot.error().message;
}

}  // namespace

TEST_CASE("the fields of a mesh are the ones that scripts depend on") {
  const Json mesh = mesh_to_json(sample_mesh());
  CHECK(names(mesh) == std::vector<std::string>{"id", "name", "prefix", "interfaces", "backend", "backendReason",
                                                "leader", "self", "state", "stateDetail", "canAdmit", "hasRoot",
                                                "members", "guests", "invites", "sessions", "requests", "dropped"});
  const Json& guests = at(mesh, "guests");
  CHECK(guests.as<JsonArray>()->at(0).dump() ==
        R"({"name":"phone","wgPublicKey":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=","address":"fd00:1::7",)"
        R"("sponsor":"aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq","state":"active",)"
        R"("lastHandshake":"2026-03-01T11:59:30Z","rxBytes":1536,"txBytes":20})");
  for (const std::string_view name : {"lastHandshake", "rxBytes", "txBytes"})
    CHECK(at(guests.as<JsonArray>()->at(1), name).is_null());
  const Json& member = at(mesh, "members").as<JsonArray>()->at(1);
  CHECK(names(member) == std::vector<std::string>{"publicKey", "wgPublicKey", "address", "alias", "description", "role",
                                                  "endpoints", "services", "state", "self", "since", "lastHandshake",
                                                  "rxBytes", "txBytes", "tunnelEndpoint"});
  CHECK(at(member, "publicKey").dump() == "\"aibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaiba\"");
  CHECK(at(member, "wgPublicKey").dump() == "\"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\"");
  CHECK(at(member, "lastHandshake").dump() == "\"2026-03-01T11:59:30Z\"");
  CHECK(at(member, "rxBytes").dump() == "1536");
  CHECK(at(member, "services").dump() ==
        R"([{"name":"http","protocol":"tcp","port":80,"text":["path=/status","title=Cellar"]},)"
        R"({"name":"dns","protocol":"udp","port":53,"text":[]}])");
  CHECK(at(member, "endpoints").dump() ==
        R"([{"kind":"configured","host":"gate.example.org","port":51820},)"
        R"({"kind":"observed","host":"2001:db8::1","port":51821},{"kind":"outgoing","host":"192.0.2.7","port":null}])");
}

TEST_CASE("what is not known is null") {
  const Json member = at(mesh_to_json(sample_mesh()), "members").as<JsonArray>()->at(2);
  for (const std::string_view name : {"wgPublicKey", "alias", "description", "since", "lastHandshake"})
    CHECK(at(member, name).is_null());
  CHECK(at(mesh_to_json(MeshView{}), "leader").is_null());
}

TEST_CASE("who has been as it is for as long as the mesh is known is so since then") {
  MeshView mesh = sample_mesh();
  mesh.since = sample_time(-500);
  const Json members = at(mesh_to_json(mesh), "members");
  CHECK(at(members.as<JsonArray>()->at(0), "since").dump() == Json(time_to_text(sample_time(-100))).dump());
  CHECK(at(members.as<JsonArray>()->at(2), "since").dump() == Json(time_to_text(sample_time(-500))).dump());
  mesh.members.change(2, [](MemberView& member) { member.state = MemberState::revoked; });
  CHECK(at(at(mesh_to_json(mesh), "members").as<JsonArray>()->at(2), "since").is_null());
}

TEST_CASE("every state has its name and comes back") {
  for (const auto state :
       {MemberState::alive, MemberState::suspect, MemberState::offline, MemberState::down, MemberState::revoked}) {
    Snapshot snapshot = sample_snapshot();
    snapshot.meshes[0].members.change(0, [&](MemberView& member) { member.state = state; });
    CHECK(*snapshot_from_json(snapshot_to_json(snapshot)) == snapshot);
  }
  for (const auto state : {MeshState::joining, MeshState::refused, MeshState::active, MeshState::down,
                           MeshState::standing_down, MeshState::leaving}) {
    Snapshot snapshot = sample_snapshot();
    snapshot.meshes[0].state = state;
    CHECK(*snapshot_from_json(snapshot_to_json(snapshot)) == snapshot);
  }
  for (const auto state : {GuestState::active, GuestState::key_taken, GuestState::address_taken}) {
    Snapshot snapshot = sample_snapshot();
    snapshot.meshes[0].guests[0].state = state;
    CHECK(*snapshot_from_json(snapshot_to_json(snapshot)) == snapshot);
  }
  for (const auto backend : {Backend::kernel, Backend::userspace, Backend::stub}) {
    Snapshot snapshot = sample_snapshot();
    snapshot.meshes[0].backend = backend;
    CHECK(*snapshot_from_json(snapshot_to_json(snapshot)) == snapshot);
  }
}

TEST_CASE("a snapshot that is wrong is refused with the place") {
  CHECK(complaint(R"("schema":1)", R"("schema":2)") == "schema: is not 1");
  CHECK(complaint(R"("state":"suspect")", R"("state":"asleep")") ==
        "meshes[0].members[2].state: 'asleep' is not known to this program");
  CHECK(complaint(R"("address":"fd00:1::2")", R"("address":"home")") ==
        "meshes[0].members[1].address: 'home' is not an IP address");
  CHECK(complaint(R"("prefix":"fd00:1::/64")", R"("prefix":null)") == "meshes[0].prefix: is missing");
  CHECK(complaint(R"("lastHandshake":"2026-03-01T11:59:30Z")", R"("lastHandshake":"yesterday")") ==
        "meshes[0].members[1].lastHandshake: 'yesterday' is not a time");
  CHECK(complaint(R"("listenPort":51820)", R"("listenPort":99999)").starts_with("meshes[0].interfaces[0].listenPort"));
  CHECK(complaint(R"("host":"gate.example.org")", R"("host":"a b")")
            .starts_with("meshes[0].members[0].endpoints[0].host"));
  CHECK(complaint(R"("kind":"storage")", R"("kind":"luck")").find("daemon.problems[0].kind") == 0);
  CHECK(complaint(R"("daemon":{)", R"("devil":{)") == "daemon: is missing");
  CHECK(complaint(R"("wgPublicKey":"AgIC)", R"("wgPublicKey":"!gIC)") ==
        "meshes[0].members[1].wgPublicKey: is not a WireGuard key");
  CHECK(complaint(R"("state":"address-taken")", R"("state":"lost")") ==
        "meshes[0].guests[1].state: 'lost' is not known to this program");
  CHECK(complaint(R"("version":42)", R"("version":42,"later":[1])") == "accepted");
}

TEST_CASE("a time that no calendar has does not spoil the rest") {
  for (const WallTime time : {WallTime::max(), WallTime::min()}) {
    Snapshot snapshot = sample_snapshot();
    snapshot.meshes[0].invites[0].expires = time;
    CHECK(snapshot_from_json(snapshot_to_json(snapshot)).has_value());
  }
  CHECK(time_to_text(WallTime::max()) == "9999-12-31T00:00:00Z");
}
