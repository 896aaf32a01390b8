// A Snapshot with something in every field.
#pragma once

#include "control/control.h"

namespace smeg::control {

template <class Key>
Key sample_key(std::uint8_t fill) {
  Key key;
  key.bytes.fill(fill);
  return key;
}

inline WallTime sample_time(int seconds) {
  return *parse_rfc3339("2026-03-01T12:00:00Z") + std::chrono::seconds(seconds);
}

inline MeshId sample_mesh_id(std::uint8_t fill) {
  MeshId id;
  id.bytes.fill(fill);
  return id;
}

inline MemberView sample_member(std::uint8_t fill, std::string alias) {
  MemberView member;
  member.public_key = sample_key<crypto::IdentityKey>(fill);
  member.wg_public_key = sample_key<crypto::WgPublicKey>(fill);
  member.address = *addr::IpAddress::parse("fd00:1::" + std::to_string(fill));
  member.alias = std::move(alias);
  member.endpoints = {{"configured", *addr::HostPort::parse("gate.example.org:51820")},
                      {"observed", *addr::HostPort::parse("[2001:db8::1]:51821")},
                      {"outgoing", *addr::HostPort::parse("192.0.2.7")}};
  member.since = sample_time(-100);
  return member;
}

inline GuestConfig sample_guest_config() {
  return {"phone",
          *addr::IpAddress::parse("fd00:1::7"),
          sample_key<crypto::WgPublicKey>(7),
          *addr::Prefix::parse("fd00:1::/64"),
          sample_key<crypto::WgPublicKey>(1),
          *addr::HostPort::parse("[2001:db8::1]:51820"),
          crypto::PresharedKey(ByteArray<32>{5, 6}),
          1'420};
}

inline MeshView sample_mesh() {
  MeshView mesh;
  mesh.id = sample_mesh_id(1);
  mesh.name = "office";
  mesh.prefix = *addr::Prefix::parse("fd00:1::/64");
  mesh.state_detail = "all is well";
  mesh.backend_reason = "the kernel has no WireGuard (Operation not supported)";
  mesh.interfaces = {{"smeg0", Backend::userspace, 51'820, 1'420}};
  mesh.members = {sample_member(1, "alice"), sample_member(2, "bob"), sample_member(3, "")};
  mesh.members.change(0, [](MemberView& member) { member.self = true; });
  mesh.members.change(1, [](MemberView& member) {
    member.last_handshake = sample_time(-30);
    member.rx_bytes = 1'536;
    member.tx_bytes = UINT64_MAX;
    member.tunnel_endpoint = *addr::Endpoint::parse("[2001:db8::1]:51821");
    member.description = "the one in the cellar";
    member.services = {{"http", ServiceProtocol::tcp, 80, {"path=/status", "title=Cellar"}},
                       {"dns", ServiceProtocol::udp, 53, {}}};
  });
  mesh.members.change(2, [](MemberView& member) {
    member.state = MemberState::suspect;
    member.role = Role::client;
    member.wg_public_key = std::nullopt;
    member.since = std::nullopt;
    member.endpoints.clear();
  });
  mesh.guests = {{"phone", sample_key<crypto::WgPublicKey>(7), *addr::IpAddress::parse("fd00:1::7"),
                  mesh.members[0].public_key, GuestState::active, sample_time(-30), 1'536, 20},
                 {"router",
                  sample_key<crypto::WgPublicKey>(8),
                  *addr::IpAddress::parse("fd00:1::8"),
                  mesh.members[1].public_key,
                  GuestState::address_taken,
                  {},
                  {},
                  {}}};
  mesh.leader = mesh.members[0].public_key;
  mesh.self = mesh.members[0].public_key;
  mesh.can_admit = true;
  mesh.has_root = true;
  mesh.invites = {{sample_key<crypto::InviteKey>(9), Role::client, true, 3, 1, sample_time(3'600), false}};
  mesh.sessions = {{mesh.members[1].public_key, true, true, *addr::Endpoint::parse("192.0.2.7:21910"), ""},
                   {mesh.members[2].public_key, false, false, std::nullopt, "refused by 192.0.2.8:21910"}};
  mesh.requests = {{sample_key<crypto::IdentityKey>(8), *addr::IpAddress::parse("192.0.2.8"), Role::client,
                    "the new one", sample_time(-300)}};
  mesh.dropped = {{mesh.members[1].public_key, 3, 1, 0, 2}, {std::nullopt, 0, 4, 5, 6}};
  return mesh;
}

inline Snapshot sample_snapshot() {
  Snapshot snapshot;
  snapshot.version = 42;
  snapshot.generated = sample_time(0);
  snapshot.daemon = {
      "0.1.0", sample_time(-90'000), {{ProblemKind::storage, "the state can't be saved: no space left on device"}}};
  snapshot.meshes = {sample_mesh()};
  MeshView other;
  other.id = sample_mesh_id(2);
  other.prefix = *addr::Prefix::parse("fd00:2::/64");
  other.state = MeshState::joining;
  other.backend = Backend::stub;
  snapshot.meshes.push_back(other);
  snapshot.routes = {{*addr::Prefix::parse("fd00:3::/64"),
                      false,
                      {{.mesh = sample_mesh_id(1),
                        .member = sample_key<crypto::IdentityKey>(2),
                        .path = {sample_mesh_id(3), sample_mesh_id(1)},
                        .hops = 1,
                        .cost = 5,
                        .weight = 2,
                        .mtu = 1'380,
                        .sequence = 7,
                        .state = ExitState::chosen}}}};
  snapshot.bridges = {
      {sample_mesh_id(1), sample_key<crypto::IdentityKey>(2), sample_mesh_id(3), sample_key<crypto::IdentityKey>(12)}};
  return snapshot;
}

}  // namespace smeg::control
