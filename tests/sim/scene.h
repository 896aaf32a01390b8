// A world with one mesh of some hosts, and what every scenario asks at its end.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/sim.h"

namespace smeg::sim {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Scene {
  explicit Scene(std::uint64_t seed = 1, PathQuality quality = {}) : world(seed, quality), honesty(world) {}

  // The first host makes the mesh, the others join it by one invite.
  void form(std::size_t count) {
    hosts = world.add_hosts(count);
    const auto made = world.create_mesh(hosts[0], "office");
    REQUIRE(made);
    mesh = *made;
    if (count == 1) return;
    const std::string token = invite(hosts[0], static_cast<std::uint32_t>(count - 1));
    for (std::size_t i = 1; i < count; ++i) join(hosts[i], token);
  }
  std::string invite(HostIndex host, std::uint32_t uses = 1) {
    const auto token = world.invite(host, uses);
    REQUIRE_MESSAGE(token, (token ? "" : token.error().message));
    return *token;
  }
  void join(HostIndex host, const std::string& token) {
    const auto joined = world.join(host, token);
    REQUIRE_MESSAGE(joined, (joined ? "" : joined.error().message));
    CHECK(*joined == mesh);
  }
  HostIndex add() {
    const HostIndex host = world.add_host();
    world.start(host);
    return host;
  }

  // All of them, and nobody else, within that time.
  void agree(const std::vector<HostIndex>& among, Duration within) {
    const Instant until = world.now() + within;
    std::string wrong = disagreement(world, mesh, among);
    for (; !wrong.empty() && world.now() < until; wrong = disagreement(world, mesh, among))
      world.run_for(std::min<Duration>(milliseconds(50), until - world.now()));  // to compare costs more than to run
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  void connected(const std::vector<HostIndex>& among, Duration within) {
    world.run_until([&] { return missing_tunnel(world, mesh, among).empty(); }, within);
    const std::string wrong = missing_tunnel(world, mesh, among);
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  // Nothing is done to any operating system in a minute without a cause.
  void at_rest() {
    world.run_for(seconds(15));
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i < world.size(); ++i) before += world.kernel({i}).operations();
    world.run_for(minutes(1));
    std::uint64_t after = 0;
    for (std::uint32_t i = 0; i < world.size(); ++i) after += world.kernel({i}).operations();
    CHECK(after == before);
  }
  // Nobody did what no node may do, nobody showed what its owner never said.
  void honest() {
    CHECK_MESSAGE(world.complaints().empty(), (world.complaints().empty() ? "" : world.complaints().front()));
    CHECK_MESSAGE(honesty.complaints().empty(), (honesty.complaints().empty() ? "" : honesty.complaints().front()));
  }

  const control::MemberView* member(HostIndex seen_by, HostIndex of) {
    const control::MeshView* theirs = world.view(of, mesh);
    return theirs ? member(seen_by, theirs->self) : nullptr;
  }
  const control::MemberView* member(HostIndex seen_by, const crypto::IdentityKey& key) {
    const control::MeshView* view = world.view(seen_by, mesh);
    if (!view) return nullptr;
    for (const auto& one : view->members) {
      if (one.public_key == key) return &one;
    }
    return nullptr;
  }
  crypto::IdentityKey identity(HostIndex host) {
    const control::MeshView* view = world.view(host, mesh);
    REQUIRE(view);
    return view->self;
  }

  World world;
  Honesty honesty;
  MeshId mesh;
  std::vector<HostIndex> hosts;
};

inline std::vector<HostIndex> without(std::vector<HostIndex> hosts, HostIndex one) {
  std::erase(hosts, one);
  return hosts;
}

}  // namespace smeg::sim
