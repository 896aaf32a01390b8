#include "netstate/observed.h"

#include <doctest/doctest.h>

#include "unit/netstate/support.h"

namespace smeg::netstate {

using namespace test;

TEST_CASE("a mesh keeps the interface that is its own, a new one takes the lowest free number") {
  Observed observed;
  ObservedInterface own;
  own.ours = true;
  own.mesh = mesh(1);
  ObservedInterface foreign;
  observed.interfaces.emplace(interface_name(0), foreign);
  observed.interfaces.emplace(interface_name(2), own);
  CHECK(choose_interface(observed, {}, "smeg", mesh(1)) == interface_name(2));
  CHECK(choose_interface(observed, {}, "smeg", mesh(2)) == interface_name(1));
  CHECK(choose_interface(observed, {interface_name(1)}, "smeg", mesh(2)) == interface_name(3));
  CHECK(choose_interface(observed, {interface_name(2)}, "smeg", mesh(1)) == interface_name(1));
  // Another prefix was configured: the old interface is not kept.
  CHECK(choose_interface(observed, {}, "wg", mesh(1))->text() == "wg0");
  // A foreign interface is never chosen, whatever its alias says.
  observed.interfaces.at(interface_name(2)).ours = false;
  CHECK(choose_interface(observed, {}, "smeg", mesh(1)) == interface_name(1));
}

TEST_CASE("a lane keeps the interface that is its own, beside the mesh's others") {
  Observed observed;
  for (const Lane lane : {2U, kMainLane, 1U}) {
    ObservedInterface own;
    own.ours = true;
    own.mesh = mesh(1);
    own.lane = lane;
    observed.interfaces.emplace(interface_name(static_cast<unsigned>(observed.interfaces.size())), own);
  }
  CHECK(choose_interface(observed, {}, "smeg", mesh(1), 2) == interface_name(0));
  CHECK(choose_interface(observed, {}, "smeg", mesh(1)) == interface_name(1));
  CHECK(choose_interface(observed, {}, "smeg", mesh(1), 1) == interface_name(2));
  CHECK(choose_interface(observed, {}, "smeg", mesh(1), 3) == interface_name(3));
  CHECK(choose_interface(observed, {}, "smeg", mesh(2), 1) == interface_name(3));
}

TEST_CASE("names run out, and a bad prefix makes none") {
  Observed observed;
  for (unsigned i = 0; i < 2 * limits::kMeshesPerHost * (1 + kLanesPerMesh); ++i) {
    observed.interfaces.emplace(interface_name(i), ObservedInterface{});
  }
  CHECK(choose_interface(observed, {}, "smeg", mesh(1)).error().code == Code::unavailable);
  CHECK(choose_interface(observed, {}, "much-too-long-a-prefix", mesh(1)).error().code == Code::invalid);
}

}  // namespace smeg::netstate
