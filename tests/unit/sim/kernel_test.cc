#include "sim/kernel.h"

#include <doctest/doctest.h>

#include <vector>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

struct Scene {
  Scheduler scheduler;
  SeededRng chance{1};
  std::vector<netstate::Event> heard;
  Kernel kernel{scheduler, chance, [this](netstate::Event event) { heard.push_back(std::move(event)); }};
  netstate::InterfaceName name = *netstate::InterfaceName::parse("smeg0");

  node::Apply plan(std::uint64_t id) const {
    netstate::Plan plan;
    plan.ops.push_back(netstate::AddInterface{name, {}, netstate::Backend::userspace});
    plan.ops.push_back(netstate::SetLink{name, {}, 1'420});
    return {{id}, plan};
  }
  void settle() { scheduler.run_until(scheduler.now() + milliseconds(100)); }
};

TEST_CASE("a plan is carried out, one result for each operation") {
  Scene scene;
  scene.kernel.apply(scene.plan(7));
  scene.settle();
  REQUIRE(scene.heard.size() == 1);
  const auto& done = std::get<netstate::PlanDone>(scene.heard.front());
  CHECK(done.plan.value == 7);
  REQUIRE(done.results.size() == 2);
  CHECK(done.results[0]);
  CHECK(done.results[1]);
  CHECK(scene.kernel.state().interfaces.at(scene.name).up);
  scene.kernel.observe({});
  scene.kernel.observe({.devices_only = true});
  scene.settle();
  REQUIRE(scene.heard.size() == 3);
}

TEST_CASE("injected failures are told, and leave the state as it was") {
  Scene scene;
  scene.kernel.set_failures(1'000);
  scene.kernel.apply(scene.plan(1));
  scene.settle();
  const auto& done = std::get<netstate::PlanDone>(scene.heard.front());
  CHECK_FALSE(done.results[0]);
  CHECK_FALSE(done.results[1]);
  CHECK(scene.kernel.state().interfaces.empty());
}

TEST_CASE("interfaces outlive the daemon and not the host") {
  Scene scene;
  scene.kernel.apply(scene.plan(1));
  scene.settle();
  scene.kernel.apply(scene.plan(2));
  scene.kernel.kill();
  scene.settle();
  CHECK(scene.heard.size() == 1);
  CHECK(scene.kernel.state().interfaces.size() == 1);
  scene.kernel.cut_power();
  CHECK(scene.kernel.state().interfaces.empty());
}

TEST_CASE("what is changed by hand is told") {
  Scene scene;
  scene.kernel.meddle([](netstate::Observed& state) { state.interfaces.clear(); });
  scene.settle();
  REQUIRE(scene.heard.size() == 1);
  CHECK(std::holds_alternative<netstate::Drift>(scene.heard.front()));
}

}  // namespace
}  // namespace smeg::sim
