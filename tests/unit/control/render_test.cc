#include <doctest/doctest.h>

#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;
using namespace std::chrono_literals;

TEST_CASE("status, for people") {
  Snapshot snapshot = sample_snapshot();
  snapshot.meshes[0].members.push_back(sample_member(4, "mallory"));
  snapshot.meshes[0].members.change(3, [](MemberView& member) { member.state = MemberState::revoked; });
  CHECK(status_table(snapshot, sample_time(0)) ==
        R"(! the state can't be saved: no space left on device

mesh office: active (all is well), 3 members, 2 alive
  address    fd00:1::1
  backend    userspace: the kernel has no WireGuard (Operation not supported)
  interface  smeg0 (userspace, UDP port 51820, MTU 1420)
  leader     alice

  MEMBER        ADDRESS    ROLE    STATE    SINCE  HANDSHAKE  RECEIVED  SENT
  alice (self)  fd00:1::1  peer    alive    1m     -          -         -
  bob           fd00:1::2  peer    alive    1m     30s        1.5 KiB   16 EiB
  ambqgayd      fd00:1::3  client  suspect  -      -          0 B       0 B

  GUEST   ADDRESS    SPONSOR       STATE          HANDSHAKE  RECEIVED  SENT
  phone   fd00:1::7  alice (self)  active         30s        1.5 KiB   20 B
  router  fd00:1::8  bob           address-taken  -          -         -

mesh aibaeaqcaibaeaqcaibaeaqcaibaeaqc: joining, 0 members, 0 alive
  address  -
  backend  stub
  leader   -

note: bob of office is the only way between office and ambqgayd
note: bob of office is the only way to fd00:3::/64 (ambqgayd)
)");
}

TEST_CASE("status of a host in no mesh says what to do next") {
  Snapshot snapshot;
  snapshot.daemon = {"0.1.0", sample_time(-90'000), {}};
  CHECK(status_table(snapshot, sample_time(0)) ==
        "smegd 0.1.0, up 1d 1h, in no mesh: make one with `smegctl mesh create`, or join one with `smegctl mesh join "
        "TOKEN`\n");
}

TEST_CASE("the list of meshes") {
  CHECK(mesh_list_table(sample_snapshot()) ==
        R"(NAME    ID                                STATE    ADDRESS    MEMBERS  ALIVE
office  aeaqcaibaeaqcaibaeaqcaibaeaqcaib  active   fd00:1::1  3        2
-       aibaeaqcaibaeaqcaibaeaqcaibaeaqc  joining  -          0        0
)");
  CHECK(mesh_list_json(sample_snapshot()).starts_with("{\n  \"schema\": 1,\n  \"meshes\": [\n    {\n      \"id\": "));
}

TEST_CASE("one mesh") {
  const std::string text = mesh_table(sample_mesh(), sample_time(0));
  for (const std::string_view part :
       {"id          aeaqcaibaeaqcaibaeaqcaibaeaqcaib\n", "may invite  yes\n", "root key    on this host\n",
        "gate.example.org:51820, [2001:db8::1]:51821, 192.0.2.7", "the one in the cellar\n",
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(mesh_json(sample_mesh()).starts_with("{\n  \"schema\": 1,\n  \"id\": \"aeaqcaibaeaqcaibaeaqcaibaeaqcaib\",\n"));
}

TEST_CASE("guests, and whether they can be reached") {
  MeshView mesh = sample_mesh();
  mesh.guests[1].state = GuestState::active;
  const auto shows = [&](std::string_view part) {
    return guest_table(mesh, sample_time(0)).find(part) != std::string::npos;
  };
  CHECK(shows("  bob           active  -          -         -\n"));
  mesh.members.change(1, [](MemberView& member) { member.state = MemberState::down; });
  CHECK(shows("  bob           sponsor down  -"));
  mesh.members.change(1, [](MemberView& member) { member.state = MemberState::offline; });
  CHECK(shows("  bob           sponsor offline  -"));
  mesh.members.erase(1);
  CHECK(shows("  aibaeaqc      sponsor unknown  -"));
  CHECK(guest_json(mesh).starts_with("{\n  \"schema\": 1,\n  \"mesh\": \"aeaqcaib"));
  CHECK(mesh_table(mesh, sample_time(0)).find("phone   BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n") !=
        std::string::npos);
}

TEST_CASE("a guest's configuration is what wg-quick reads") {
  const GuestConfig guest = sample_guest_config();
  CHECK(guest_config(guest, crypto::WgPrivateKey(ByteArray<32>{9})).expose() ==
        R"([Interface]
PrivateKey = CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Address = fd00:1::7/128
MTU = 1420

[Peer]
PublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
PresharedKey = BQYAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = fd00:1::/64
Endpoint = [2001:db8::1]:51820
PersistentKeepalive = 25
)");
  const SecretText without = guest_config(guest, std::nullopt);
  CHECK(without.expose().starts_with(
      "[Interface]\n# PrivateKey = the one whose public key is BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nAddress"));
  const SecretText json = guest_config_json(guest, without);
  CHECK(json.expose().starts_with("{\n  \"schema\": 1,\n  \"name\": \"phone\",\n  \"address\": \"fd00:1::7\""));
  CHECK(json.expose().find("\"config\": \"[Interface]\\n# PrivateKey") != std::string::npos);
}

TEST_CASE("invites and what has become of them") {
  MeshView mesh = sample_mesh();
  const InviteView open = mesh.invites[0];
  mesh.invites.assign(4, open);
  mesh.invites[1].used = 3;
  mesh.invites[2].revoked = true;
  mesh.invites[3].expires = sample_time(0);
  const std::string text = invite_table(mesh, sample_time(0));
  CHECK(text.find("  open     1 of 3  2026-03-01T13:00:00Z  client  yes\n") != std::string::npos);
  CHECK(text.find("  used up  3 of 3") != std::string::npos);
  CHECK(text.find("  revoked  1 of 3") != std::string::npos);
  CHECK(text.find("  expired  1 of 3") != std::string::npos);
  CHECK(invite_json(mesh).find("\"revoked\": true") != std::string::npos);
}

TEST_CASE("replies, for programs") {
  CHECK(reply_json(Done{}) == "{\n  \"schema\": 1\n}\n");
  CHECK(reply_json(MeshEntered{sample_mesh_id(1), "", *addr::IpAddress::parse("fd00::1")}) ==
        "{\n  \"schema\": 1,\n  \"id\": \"aeaqcaibaeaqcaibaeaqcaibaeaqcaib\",\n  \"name\": null,\n  \"address\": "
        "\"fd00::1\"\n}\n");
}

TEST_CASE("ages") {
  const auto ago = [](std::chrono::seconds seconds) { return age(sample_time(0), sample_time(0) + seconds); };
  CHECK(ago(0s) == "0s");
  CHECK(ago(-5s) == "0s");
  CHECK(ago(59s) == "59s");
  CHECK(ago(119s) == "1m");
  CHECK(ago(1h) == "1h");
  CHECK(ago(200min) == "3h 20m");
  CHECK(ago(24h) == "1d");
  CHECK(ago(98h) == "4d 2h");
  CHECK(ago(24h + 59min) == "1d");
}

TEST_CASE("bytes") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1'023) == "1023 B");
  CHECK(human_bytes(1'024) == "1.0 KiB");
  CHECK(human_bytes(1'048'575) == "1023 KiB");
  CHECK(human_bytes(21'495'808) == "20 MiB");
  CHECK(human_bytes(UINT64_MAX) == "16 EiB");
}
