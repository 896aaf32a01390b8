#include "node/kernel.h"

#include <doctest/doctest.h>

#include "node/desired.h"

using namespace smeg;
using namespace smeg::node;
using namespace std::chrono_literals;

namespace {

// A kernel in a value, driven by what the path asks for.
struct Fixture {
  Outbox outbox;
  Kernel kernel{outbox};
  netstate::Observed real;
  Instant now = Instant{} + 1h;
  int applied = 0;
  bool refuse_ports = false;
  bool refuse_ports_when_up = false;

  void start() { kernel.on_observed(real, now); }
  // Carries out what is asked until nothing is.
  void run() {
    for (int i = 0; i < 20; ++i) {
      outbox.commit();
      const auto effects = outbox.take();
      bool acted = false;
      for (const Effect& effect : effects) {
        if (const auto* apply = std::get_if<Apply>(&effect)) {
          acted = true;
          ++applied;
          kernel.on_plan_done({apply->id, carry_out(apply->plan)}, now);
        } else if (std::holds_alternative<Observe>(effect)) {
          acted = true;
          kernel.on_observed(real, now);
        }
      }
      if (!acted) return;
    }
    FAIL("it does not come to rest");
  }
  std::vector<Result<void>> carry_out(const netstate::Plan& plan) {
    std::vector<Result<void>> results;
    for (const netstate::Op& op : plan.ops) {
      const bool refused = refuse_ports && std::holds_alternative<netstate::SetDevice>(op);
      const bool refused_up = refuse_ports_when_up && std::holds_alternative<netstate::SetLink>(op);
      if (refused) {
        results.push_back(fail(Code::io, "address in use"));
      } else if (refused_up) {
        results.push_back(fail(Code::conflict, "address in use"));
      } else {
        results.push_back(netstate::apply(real, op));
      }
    }
    return results;
  }
};

WantedMesh wanted_mesh() {
  ByteArray<32> bytes{};
  bytes[0] = 8;
  WantedMesh out{.mesh = MeshId{{7}},
                 .interface = *netstate::InterfaceName::make("smeg", 0),
                 .address = *addr::IpAddress::parse("fd00::1"),
                 .private_key = crypto::WgPrivateKey(bytes),
                 .listen_port = 51'820,
                 .peers = {}};
  crypto::WgPublicKey peer;
  peer.bytes[0] = 3;
  out.peers.push_back({peer, *addr::IpAddress::parse("fd00::2"), std::nullopt});
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "nothing is done before it is known what is there") {
  kernel.set_desired(desired({wanted_mesh()}), now);
  run();
  CHECK(applied == 0);
  start();
  run();
  CHECK(applied == 1);
  CHECK(kernel.settled());
  CHECK(real.interfaces.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "an unchanged state is left alone, and drift is put right") {
  start();
  kernel.set_desired(desired({wanted_mesh()}), now);
  run();
  kernel.set_desired(desired({wanted_mesh()}), now);
  kernel.on_drift();
  run();
  CHECK(applied == 1);
  real = {};
  kernel.on_drift();
  run();
  CHECK(applied == 2);
  CHECK(real.interfaces.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "what fails is a problem for people, and is tried again") {
  start();
  SUBCASE("a port that the engine refuses") { refuse_ports = true; }
  SUBCASE("a port that the kernel refuses when the interface comes up") { refuse_ports_when_up = true; }
  kernel.set_desired(desired({wanted_mesh()}), now);
  run();
  CHECK_FALSE(kernel.problems().empty());
  CHECK(kernel.take_refused_ports().size() == 1);
  refuse_ports = refuse_ports_when_up = false;
  now = kernel.next_deadline();
  REQUIRE(now != kNever);
  kernel.on_deadline(now);
  run();
  CHECK(kernel.problems().empty());
  CHECK(kernel.settled());
  CHECK(kernel.next_deadline() == kNever);
}

TEST_CASE_FIXTURE(Fixture, "what fails waits for its time, though the attempt itself shows as a change") {
  start();
  refuse_ports = true;
  kernel.set_desired(desired({wanted_mesh()}), now);
  run();
  const int tried = applied;
  for (int i = 0; i < 5; ++i) {
    kernel.on_drift();
    run();
  }
  CHECK(applied == tried);
  now = kernel.next_deadline();
  kernel.on_deadline(now);
  run();
  CHECK(applied > tried);
}

TEST_CASE_FIXTURE(Fixture, "a device that somebody else configured is put right when it is next looked at") {
  start();
  kernel.set_desired(desired({wanted_mesh()}), now);
  run();
  auto& device = *real.interfaces.begin()->second.device;
  netstate::DevicesSeen seen;
  seen.devices[real.interfaces.begin()->first] = device;
  kernel.on_devices(seen, now);
  run();
  CHECK(applied == 1);
  device.peers.clear();
  seen.devices.begin()->second = device;
  kernel.on_devices(seen, now);
  run();
  CHECK(applied == 2);
  CHECK(device.peers.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "an empty wish takes everything of ours away") {
  start();
  kernel.set_desired(desired({wanted_mesh()}), now);
  run();
  kernel.set_desired({}, now);
  run();
  CHECK(real.interfaces.empty());
  CHECK(real.routes.empty());
}

TEST_CASE("two members with one tunnel key or address don't spoil the plan for others") {
  WantedMesh mesh = wanted_mesh();
  mesh.peers.push_back(mesh.peers.front());
  mesh.peers.back().address = *addr::IpAddress::parse("fd00::3");
  mesh.peers.push_back(mesh.peers.front());
  mesh.peers.back().key.bytes[0] = 9;
  mesh.peers.push_back({crypto::wg_public_key(mesh.private_key), *addr::IpAddress::parse("fd00::4"), std::nullopt});
  const netstate::State state = desired({mesh});
  CHECK(netstate::check(state).has_value());
  CHECK(state.interfaces.begin()->second.device.peers.size() == 1);
}

TEST_CASE("after a start, tunnels to members not yet known stay, those to members known to be gone do not") {
  WantedMesh mesh = wanted_mesh();
  mesh.peers.push_back({crypto::WgPublicKey{{5}}, *addr::IpAddress::parse("fd00::5"), std::nullopt});
  mesh.peers.push_back({crypto::WgPublicKey{{6}}, *addr::IpAddress::parse("fd00::6"), std::nullopt});
  netstate::Observed observed;
  for (const netstate::Op& op : netstate::diff(observed, desired({mesh})).ops) REQUIRE(netstate::apply(observed, op));

  mesh.peers.clear();
  mesh.refused = {crypto::WgPublicKey{{6}}};
  netstate::State state = desired({mesh});
  keep_unknown_peers(state, observed, {mesh});
  const auto& peers = state.interfaces.begin()->second.device.peers;
  CHECK(peers.size() == 2);
  CHECK(peers.contains(crypto::WgPublicKey{{5}}));
  CHECK_FALSE(peers.contains(crypto::WgPublicKey{{6}}));
}
