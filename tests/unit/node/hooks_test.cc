#include "node/hooks.h"

#include <doctest/doctest.h>

namespace smeg::node {
namespace {

using namespace netstate;

const InterfaceName kInterface = InterfaceName::make("smeg", 0).value();
const addr::IpAddress kAddress = addr::IpAddress::parse("fd00::1").value();

config::Hooks all_hooks() { return {{"/pre-up"}, {"/post-up", "x"}, {"/pre-down"}, {"/post-down"}}; }

State one_mesh() {
  State state;
  Interface interface;
  interface.addresses = {Address::host(kAddress)};
  state.interfaces.emplace(kInterface, interface);
  return state;
}

std::vector<std::string> names(const std::vector<RunHook>& hooks) {
  std::vector<std::string> out;
  for (const RunHook& hook : hooks) out.push_back(hook.hook);
  return out;
}

// What runs around the plan from what is observed to what is desired, which is carried out but for what fails.
std::vector<std::string> around(Hooks& hooks, Observed& kernel, const State& desired, std::size_t failing = SIZE_MAX) {
  const Plan plan = diff(kernel, desired);
  auto out = names(hooks.before(plan, kernel, desired));
  std::vector<Result<void>> results;
  for (std::size_t i = 0; i < plan.ops.size(); ++i)
    results.push_back(i >= failing ? Result<void>(fail(Code::io, "no")) : apply(kernel, plan.ops[i]));
  for (const std::string& name : names(hooks.after(plan, results))) out.push_back(name);
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("hooks run when an interface comes and goes, and at no other time") {
  Hooks hooks;
  hooks.know({}, "office", all_hooks());
  Observed kernel;
  CHECK(around(hooks, kernel, one_mesh()) == Names{"preUp", "postUp"});
  CHECK(around(hooks, kernel, one_mesh()).empty());
  State changed = one_mesh();
  changed.interfaces.at(kInterface).mtu = 1'300;
  CHECK(around(hooks, kernel, changed).empty());
  CHECK(around(hooks, kernel, {}) == Names{"preDown", "postDown"});
}

TEST_CASE("a hook is told whose interface it is, and what its address is") {
  Hooks hooks;
  hooks.know({}, "office", all_hooks());
  const auto up = hooks.before(diff({}, one_mesh()), {}, one_mesh());
  REQUIRE(up.size() == 1);
  CHECK(up[0].command == std::vector<std::string>{"/pre-up"});
  CHECK(up[0].name == "office");
  CHECK(up[0].interface == kInterface);
  CHECK(up[0].address == kAddress);
  Observed kernel;
  apply(kernel, diff(kernel, one_mesh()));
  const auto down = hooks.before(diff(kernel, {}), kernel, {});
  REQUIRE(down.size() == 1);
  CHECK(down[0].address == kAddress);
}

TEST_CASE("what has to be tried again runs its hooks once") {
  Hooks hooks;
  hooks.know({}, "office", all_hooks());
  Observed kernel;
  CHECK(around(hooks, kernel, one_mesh(), 0) == Names{"preUp"});
  CHECK(around(hooks, kernel, one_mesh(), 1).empty());  // there it is, but not up
  CHECK(around(hooks, kernel, one_mesh()) == Names{"postUp"});
  CHECK(around(hooks, kernel, {}, 0) == Names{"preDown"});
  CHECK(around(hooks, kernel, {}) == Names{"postDown"});
}

TEST_CASE("an interface that has to be made anew goes and comes") {
  Hooks hooks;
  hooks.know({}, "office", all_hooks());
  Observed kernel;
  apply(kernel, diff(kernel, one_mesh()));
  kernel.interfaces.at(kInterface).device.reset();
  CHECK(around(hooks, kernel, one_mesh()) == Names{"preDown", "preUp", "postDown", "postUp"});
}

TEST_CASE("nothing runs for meshes without hooks, and for those that nobody knows") {
  Hooks hooks;
  Observed kernel;
  CHECK(around(hooks, kernel, one_mesh()).empty());
  CHECK(around(hooks, kernel, {}).empty());
  hooks.know({}, "office", {{}, {}, {}, {"/post-down"}});
  CHECK(around(hooks, kernel, one_mesh()).empty());
  CHECK(around(hooks, kernel, {}) == Names{"postDown"});
}

}  // namespace smeg::node
