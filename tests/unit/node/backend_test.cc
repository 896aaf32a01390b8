#include "node/backend.h"

#include <doctest/doctest.h>

namespace smeg::node {
namespace {

netstate::Observed without_wireguard() {
  netstate::Observed observed;
  observed.kernel_refusal = "the kernel has no WireGuard (Operation not supported)";
  return observed;
}

}  // namespace

TEST_CASE("auto takes the kernel's where it works, and else says why not") {
  const netstate::Observed with{};
  const BackendChoice best = choose_backend(config::Backend::automatic, &with);
  CHECK(best.shown == control::Backend::kernel);
  CHECK(best.backend == netstate::Backend::kernel);
  CHECK(best.reason.empty());
  CHECK(!best.problem);

  const netstate::Observed without = without_wireguard();
  const BackendChoice second = choose_backend(config::Backend::automatic, &without);
  CHECK(second.shown == control::Backend::userspace);
  CHECK(second.backend == netstate::Backend::userspace);
  CHECK(second.reason == "the kernel has no WireGuard (Operation not supported)");
  CHECK(!second.problem);
}

TEST_CASE("what is configured is taken, or complained of") {
  const netstate::Observed with{};
  const netstate::Observed without = without_wireguard();
  CHECK(choose_backend(config::Backend::userspace, &with).backend == netstate::Backend::userspace);
  CHECK(choose_backend(config::Backend::kernel, &with).backend == netstate::Backend::kernel);
  CHECK(!choose_backend(config::Backend::stub, &with).backend);
  CHECK(choose_backend(config::Backend::stub, &without).shown == control::Backend::stub);

  const BackendChoice refused = choose_backend(config::Backend::kernel, &without);
  CHECK(!refused.backend);
  CHECK(refused.shown == control::Backend::kernel);
  REQUIRE(refused.problem);
  CHECK(refused.problem->message ==
        "backend: kernel can't be had, and so this host has no tunnels: "
        "the kernel has no WireGuard (Operation not supported)");
  CHECK(refused.problem->hint == "load the kernel's module (modprobe wireguard), or set backend to auto or userspace");
}

TEST_CASE("before anything was seen, nothing is taken for there") {
  CHECK(choose_backend(config::Backend::automatic, nullptr).shown == control::Backend::userspace);
  CHECK(!choose_backend(config::Backend::kernel, nullptr).backend);
}

}  // namespace smeg::node
