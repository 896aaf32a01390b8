// Several meshes, and hosts that are in more than one of them.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "sim/sim.h"

namespace smeg::sim {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Bridged {
  // automatic: the kernel's WireGuard on every other host.
  explicit Bridged(std::uint64_t seed, config::Backend carried_by = config::Backend::userspace)
      : backend(carried_by), world(seed) {}

  // A host in these meshes; the first one in a mesh makes it. It bridges all of them.
  HostIndex add(const std::string& name, const std::vector<std::string>& meshes, bool bridges = true,
                config::BaseConfiguration base = {}) {
    HostOptions options;
    options.name = name;
    options.config.backend = backend;
    options.config.base = base;
    options.config.base.advertise_route = bridges;
    const HostIndex host = world.add_host(options);
    if (backend == config::Backend::kernel) world.kernel(host).set_wireguard(true);
    world.start(host);
    hosts[name] = host;
    for (const std::string& mesh : meshes) enter(host, mesh);
    return host;
  }
  void enter(HostIndex host, const std::string& mesh) {
    if (!makers.contains(mesh)) {
      const auto made = world.create_mesh(host, mesh);
      REQUIRE(made);
      ids[mesh] = *made;
      makers[mesh] = host;
      return;
    }
    const auto invited = world.command(makers[mesh], control::InviteCreate{.mesh = {mesh}});
    REQUIRE_MESSAGE(invited, (invited ? "" : invited.error().message));
    const auto joined = world.join(host, std::get<control::InviteCreated>(*invited).token.expose());
    REQUIRE_MESSAGE(joined, (joined ? "" : joined.error().message));
  }

  HostIndex at(const std::string& name) const { return hosts.at(name); }
  addr::IpAddress address(const std::string& host, const std::string& mesh) {
    const control::MeshView* view = world.view(at(host), ids.at(mesh));
    REQUIRE(view);
    for (const auto& member : view->members)
      if (member.self) return member.address;
    return {};
  }
  // There and back.
  std::string lost(const std::string& from, const std::string& from_mesh, const std::string& to,
                   const std::string& to_mesh) {
    const auto source = address(from, from_mesh), destination = address(to, to_mesh);
    const Journey there = follow(world, at(from), source, destination);
    if (!there.wrong.empty()) return "there: " + there.wrong;
    const Journey back = follow(world, at(to), destination, source);
    return back.wrong.empty() ? "" : "back: " + back.wrong;
  }
  void reach(const std::string& from, const std::string& from_mesh, const std::string& to, const std::string& to_mesh,
             Duration within) {
    const auto wrong = [&] { return lost(from, from_mesh, to, to_mesh); };
    const Instant until = world.now() + within;
    while (!wrong().empty() && world.now() < until) world.run_for(milliseconds(50));
    CHECK_MESSAGE(wrong().empty(), from << " to " << to << ", " << wrong());
  }
  const control::RouteView* route(const std::string& host, const std::string& mesh) {
    const auto snapshot = world.snapshot(at(host));
    if (!snapshot) return nullptr;
    for (const auto& route : snapshot->routes)
      if (route.prefix == addr::mesh_prefix(ids.at(mesh))) return &route;
    return nullptr;
  }
  const control::ExitView* exit(const std::string& host, const std::string& mesh) {
    if (const auto* to = route(host, mesh))
      for (const auto& exit : to->exits)
        if (exit.state == control::ExitState::chosen) return &exit;
    return nullptr;
  }

  config::Backend backend;
  World world;
  std::map<std::string, HostIndex> hosts;
  std::map<std::string, HostIndex> makers;
  std::map<std::string, MeshId> ids;
};

}  // namespace smeg::sim
