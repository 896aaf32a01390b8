// Two meshes, and the bridges between them.
#pragma once

#include "unit/dns/sample.h"

namespace smeg::dns {

inline MeshId lab_id() { return mesh_id_of(0x5a); }
inline addr::IpAddress lab_address(std::uint8_t last) {
  ByteArray<16> bytes{};
  std::ranges::copy(addr::mesh_prefix(lab_id()).address().view(), bytes.begin());
  bytes.back() = last;
  return addr::IpAddress::v6(bytes);
}

// As hosts of "office" see it: alice and bob lead to the mesh "lab".
inline control::Snapshot with_bridges() {
  auto snapshot = office();
  control::RouteView route;
  route.prefix = addr::mesh_prefix(lab_id());
  for (const std::uint8_t bridge : {std::uint8_t{1}, std::uint8_t{2}}) {
    control::ExitView exit;
    exit.mesh = mesh_id_of(1);
    exit.member = key_of(bridge, bridge);
    exit.path = {lab_id(), mesh_id_of(1)};
    exit.state = bridge == 2 ? control::ExitState::chosen : control::ExitState::equal;
    route.exits.push_back(exit);
  }
  snapshot.routes = {route};
  return snapshot;
}

// As its own members see it, with carol.
inline control::Snapshot lab() {
  control::Snapshot snapshot;
  snapshot.generated = *parse_rfc3339("2026-03-01T12:00:00Z");
  control::MeshView mesh;
  mesh.id = lab_id();
  mesh.name = "lab";
  mesh.prefix = addr::mesh_prefix(lab_id());
  mesh.members = {member_of(key_of(5, 5), lab_address(1).to_string(), "carol")};
  snapshot.meshes = {mesh};
  return snapshot;
}

}  // namespace smeg::dns
