#include "control/topology.h"

#include <doctest/doctest.h>

#include "control/render_routes.h"
#include "unit/control/sample.h"

namespace smeg::control {
namespace {

crypto::IdentityKey key(std::uint8_t fill) { return sample_key<crypto::IdentityKey>(fill); }

BridgeView bridge(std::uint8_t from, std::uint8_t member, std::uint8_t to, std::uint8_t as) {
  return {sample_mesh_id(from), key(member), sample_mesh_id(to), key(as)};
}

// This host is in 1; beyond are 3, 4 and 5.
Snapshot with(std::vector<BridgeView> bridges) {
  Snapshot snapshot = sample_snapshot();
  snapshot.meshes.resize(1);
  snapshot.bridges = std::move(bridges);
  return snapshot;
}

std::vector<MeshId> ids(std::initializer_list<std::uint8_t> fills) {
  std::vector<MeshId> out;
  for (const std::uint8_t fill : fills) out.push_back(sample_mesh_id(fill));
  return out;
}

TEST_CASE("a line of meshes hangs by each of its bridges, the far ones too") {
  const auto points = single_points(with({bridge(1, 2, 3, 12), bridge(3, 13, 4, 14)}));
  REQUIRE(points.size() == 2);
  CHECK(points[0].host == Bridging{sample_mesh_id(1), key(2), false});
  CHECK(points[0].parts == std::vector{ids({1}), ids({3, 4})});
  CHECK(points[1].host == Bridging{sample_mesh_id(3), key(13), false});
  CHECK(points[1].parts == std::vector{ids({1, 3}), ids({4})});
}

TEST_CASE("two bridges between two meshes, or a ring, are no single point") {
  CHECK(single_points(with({bridge(1, 2, 3, 12), bridge(1, 3, 3, 13)})).empty());
  CHECK(single_points(with({bridge(1, 2, 3, 12), bridge(3, 13, 4, 14), bridge(1, 3, 4, 15)})).empty());
  CHECK(single_points({}).empty());
}

TEST_CASE("one host in three meshes is one host, whatever its keys") {
  const Snapshot star = with({bridge(1, 2, 3, 12), bridge(3, 12, 4, 22)});
  const auto points = single_points(star);
  REQUIRE(points.size() == 1);
  CHECK(points[0].parts == std::vector{ids({1}), ids({3}), ids({4})});
  // Told of in two pieces that come together.
  CHECK(single_points(with({bridge(1, 2, 3, 12), bridge(4, 22, 5, 32), bridge(3, 12, 4, 22)})).at(0).parts ==
        std::vector{ids({1}), ids({3}), ids({4}), ids({5})});
  // Beside another bridge from 1 to 3 it is needed for 4 alone.
  CHECK(single_points(with({bridge(1, 2, 3, 12), bridge(3, 12, 4, 22), bridge(1, 3, 3, 13)})).at(0).parts ==
        std::vector{ids({1, 3}), ids({4})});
}

TEST_CASE("this host is called this host") {
  const Snapshot snapshot = with({bridge(1, 1, 3, 11)});
  REQUIRE(single_points(snapshot).size() == 1);
  CHECK(single_points(snapshot)[0].host.self);
  CHECK(single_ways(snapshot).at(0).starts_with("this host is the only way between office and "));
}

TEST_CASE("what a plan says of a member that holds meshes together") {
  const Snapshot snapshot = with({bridge(1, 2, 3, 12), bridge(3, 13, 4, 14)});
  const MeshView& mesh = snapshot.meshes[0];
  CHECK(single_point(snapshot, mesh.id, key(2))->parts == std::vector{ids({1}), ids({3, 4})});
  CHECK_FALSE(single_point(snapshot, mesh.id, key(3)));
  const std::string plan = plan_table(snapshot, mesh, **find_member(mesh, {"bob"}));
  CHECK_MESSAGE(plan.find("meshes that lose each other: office | ambqgayd, ") != std::string::npos, plan);
  CHECK(plan_json(snapshot, mesh, **find_member(mesh, {"bob"})).find("\"parts\"") != std::string::npos);
}

}  // namespace
}  // namespace smeg::control
