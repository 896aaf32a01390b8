#include "netstate/apply.h"

#include <doctest/doctest.h>

#include "netstate/diff.h"
#include "unit/netstate/support.h"

namespace smeg::netstate {

using namespace test;

TEST_CASE("the model kernel refuses what the real one refuses, and changes nothing then") {
  Observed kernel;
  REQUIRE(apply(kernel, AddInterface{interface_name(0), mesh(1)}));
  REQUIRE(apply(kernel, SetDevice{interface_name(0), private_key(1), 51'820, 0}));
  REQUIRE(apply(kernel, AddInterface{interface_name(1), mesh(2)}));
  kernel.interfaces.emplace(interface_name(2), ObservedInterface{});
  const Observed before = kernel;
  const RouteKey key{prefix("fd00::/64")};

  CHECK(apply(kernel, AddInterface{interface_name(0), mesh(1)}).error().code == Code::exists);
  CHECK(apply(kernel, RemoveInterface{interface_name(2)}).error().code == Code::forbidden);
  CHECK(apply(kernel, RemoveInterface{interface_name(7)}).error().code == Code::not_found);
  CHECK(apply(kernel, SetDevice{interface_name(1), private_key(2), 51'820, 0}).error().code == Code::io);
  CHECK(apply(kernel, RemovePeer{interface_name(0), peer_key(1)}).error().code == Code::not_found);
  CHECK(apply(kernel, RemoveAddress{interface_name(0), address("fd00::1")}).error().code == Code::not_found);
  CHECK(apply(kernel, AddRoute{key, {interface_name(0)}}).error().code == Code::io);  // down
  CHECK(apply(kernel, ReplaceRoute{key, {interface_name(2)}}).error().code == Code::forbidden);
  CHECK(apply(kernel, RemoveRoute{key, {interface_name(0)}}).error().code == Code::not_found);
  CHECK(kernel == before);
}

TEST_CASE("an interface is the engine's or the kernel's, where the kernel has WireGuard") {
  Observed kernel;
  REQUIRE(apply(kernel, AddInterface{interface_name(0), mesh(1), Backend::userspace}));
  REQUIRE(apply(kernel, AddInterface{interface_name(1), mesh(2), Backend::kernel}));
  CHECK(kernel.interfaces.at(interface_name(0)).engine != 0);
  CHECK(kernel.interfaces.at(interface_name(1)).engine == 0);
  CHECK(kernel.interfaces.at(interface_name(1)).backend == Backend::kernel);
  CHECK(kernel.interfaces.at(interface_name(1)).device);
  kernel.kernel_refusal = "the kernel has no WireGuard";
  CHECK(apply(kernel, AddInterface{interface_name(2), mesh(3), Backend::kernel}).error().code == Code::unsupported);
  CHECK(apply(kernel, AddInterface{interface_name(2), mesh(3), Backend::userspace}));
}

TEST_CASE("a removed interface takes its routes along") {
  Observed kernel;
  for (const auto& result : apply(kernel, diff(kernel, small_state()))) REQUIRE(result);
  CHECK(kernel.routes.size() == 1);
  REQUIRE(apply(kernel, RemoveInterface{interface_name(0)}));
  CHECK(kernel == Observed{});
}

TEST_CASE("an allowed prefix moves to the peer that gets it") {
  Observed kernel;
  for (const auto& result : apply(kernel, diff(kernel, small_state()))) REQUIRE(result);
  SetPeer op{interface_name(0), peer_key(2), {}, {}, {}, {prefix("fd00::2/128")}, false};
  REQUIRE(apply(kernel, op));
  const auto& peers = kernel.interfaces.at(interface_name(0)).device->peers;
  CHECK(peers.at(peer_key(1)).allowed_ips.empty());
  CHECK(peers.at(peer_key(2)).allowed_ips.size() == 1);
}

TEST_CASE("sources are added, or replaced, and not the kernel's business") {
  Observed kernel;
  for (const auto& result : apply(kernel, diff(kernel, small_state()))) REQUIRE(result);
  const auto sources = [&] { return kernel.interfaces.at(interface_name(0)).device->peers.at(peer_key(1)).sources; };
  SetPeer op{interface_name(0), peer_key(1), {}, {}, {}, {}, false, {prefix("fd01::/64")}};
  REQUIRE(apply(kernel, op));
  op.sources = {prefix("fd02::/64")};
  REQUIRE(apply(kernel, op));
  CHECK(sources() == std::set{prefix("fd01::/64"), prefix("fd02::/64")});
  op.replace_sources = true;
  REQUIRE(apply(kernel, op));
  CHECK(sources() == std::set{prefix("fd02::/64")});
  kernel.interfaces.at(interface_name(0)).backend = Backend::kernel;
  CHECK(apply(kernel, op).error().code == Code::unsupported);
}

TEST_CASE("forwarding is one thing, replaced and taken back") {
  Observed kernel;
  const Forwarding forwarding{{interface_name(0)}, {{interface_name(0), {{prefix("2001:db8::/48")}}}}};
  REQUIRE(apply(kernel, SetForwarding{forwarding}));
  CHECK(kernel.forwarding == forwarding);
  REQUIRE(apply(kernel, RemoveForwarding{}));
  CHECK(kernel == Observed{});
}

TEST_CASE("listen port 0 is any that is free") {
  Observed kernel;
  REQUIRE(apply(kernel, AddInterface{interface_name(0), mesh(1)}));
  REQUIRE(apply(kernel, AddInterface{interface_name(1), mesh(2)}));
  REQUIRE(apply(kernel, SetDevice{interface_name(0), private_key(1), 0, 0}));
  REQUIRE(apply(kernel, SetDevice{interface_name(1), private_key(2), 0, 0}));
  const auto port = [&](unsigned number) { return kernel.interfaces.at(interface_name(number)).device->listen_port; };
  CHECK(port(0) != 0);
  CHECK(port(0) != port(1));
}

}  // namespace smeg::netstate
