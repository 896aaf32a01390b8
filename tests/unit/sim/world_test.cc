#include "sim/world.h"

#include <doctest/doctest.h>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Duration time_to_create(const HostOptions& options, Duration frozen = {}) {
  World world(1);
  const HostIndex host = world.add_host(options);
  world.start(host);
  world.run_for(seconds(10));
  if (frozen > Duration::zero()) world.freeze(host, frozen);
  const Instant start = world.now();
  REQUIRE(world.create_mesh(host, "office"));
  CHECK(world.complaints().empty());
  return world.now() - start;
}

TEST_CASE("a slow host comes to everything later, a frozen one when it thaws") {
  HostOptions slow;
  slow.pace.each = milliseconds(200);
  CHECK(time_to_create({}) < milliseconds(50));
  CHECK(time_to_create(slow) > milliseconds(50));
  CHECK(time_to_create({}, seconds(3)) > seconds(3));
}

TEST_CASE("a host that stalls is slow now and then") {
  HostOptions options;
  options.pace = {.each = {}, .stall = seconds(2), .stall_every = seconds(1)};
  CHECK(time_to_create(options) >= seconds(2));
}

TEST_CASE("a frozen calendar stands still, and goes on when it is stepped") {
  World world(1);
  const HostIndex host = world.add_host();
  world.start(host);
  world.freeze_wall_clock(host);
  const WallTime before = world.wall(host);
  world.run_for(seconds(100));
  CHECK(world.wall(host) == before);
  world.step_wall_clock(host, {});
  CHECK(world.wall(host) == before + seconds(100));
}

TEST_CASE("without a trace the same happens") {
  const auto run = [](bool trace) {
    World world(5, WorldOptions{.quality = wide_area(0.02), .trace = trace});
    const auto hosts = world.add_hosts(4);
    REQUIRE(world.create_mesh(hosts[0], "office"));
    const auto token = world.invite(hosts[0], 3);
    REQUIRE(token);
    for (std::size_t i = 1; i < hosts.size(); ++i) REQUIRE(world.join(hosts[i], *token));
    world.run_for(seconds(30));
    CHECK((world.trace().lines() > 0) == trace);
    std::uint64_t sent = 0;
    for (const HostIndex host : hosts) sent += world.network().traffic(host).sent;
    return sent;
  };
  CHECK(run(true) == run(false));
}

}  // namespace
}  // namespace smeg::sim
