// What the device does by itself. Whole sessions are tested with the data path, in tests/unit/datapath.
#include "wireguard/device.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

struct Fixture {
  SeededKeys keys{1};
  SeededRng jitter{2};
  Device device{keys, jitter};
  crypto::WgPrivateKey private_key = crypto::generate_wg_key(keys);
  crypto::WgPublicKey other = crypto::wg_public_key(crypto::generate_wg_key(keys));

  Fixture() {
    DeviceConfig config;
    config.private_key = private_key;
    set(config);
  }
  void set(const DeviceConfig& config) { REQUIRE(device.configure(config, kStart)); }
  void set(const PeerConfig& peer) {
    DeviceConfig config;
    config.peers = {peer};
    set(config);
  }
  PeerConfig peer() const {
    PeerConfig out;
    out.public_key = other;
    out.endpoint = endpoint("192.0.2.1:1000");
    out.allowed_ips = {{prefix("fd00::1/128")}, {prefix("10.0.0.0/24")}};
    return out;
  }
};

TEST_CASE("status says what was configured") {
  Fixture f;
  PeerConfig peer = f.peer();
  peer.persistent_keepalive = 25s;
  peer.preshared_key = crypto::PresharedKey(f.keys.bytes<32>());
  DeviceConfig config;
  config.listen_port = 51'820;
  config.fwmark = 7;
  config.peers = {peer};
  f.set(config);
  const DeviceStatus status = f.device.status();
  CHECK(status.private_key == f.private_key);
  CHECK(status.listen_port == 51'820);
  CHECK(status.fwmark == 7);
  REQUIRE(status.peers.size() == 1);
  CHECK(status.peers[0].public_key == f.other);
  CHECK(status.peers[0].preshared_key == *peer.preshared_key);
  CHECK(status.peers[0].endpoint == peer.endpoint);
  CHECK(status.peers[0].persistent_keepalive == 25s);
  CHECK(status.peers[0].last_handshake == 0ns);
  CHECK(status.peers[0].allowed_ips == std::vector{prefix("fd00::1/128"), prefix("10.0.0.0/24")});
}

TEST_CASE("what isn't named stays as it is") {
  Fixture f;
  f.set(f.peer());
  PeerConfig change;
  change.public_key = f.other;
  change.persistent_keepalive = 5s;
  f.set(change);
  const PeerStatus status = f.device.status().peers.at(0);
  CHECK(status.endpoint == endpoint("192.0.2.1:1000"));
  CHECK(status.allowed_ips.size() == 2);
  CHECK(f.device.status().private_key == f.private_key);
}

TEST_CASE("allowed-ips: add, remove, replace") {
  Fixture f;
  f.set(f.peer());
  PeerConfig change;
  change.public_key = f.other;
  change.allowed_ips = {{prefix("10.0.0.0/24"), true}, {prefix("10.1.0.0/24")}};
  f.set(change);
  CHECK(f.device.status().peers[0].allowed_ips == std::vector{prefix("fd00::1/128"), prefix("10.1.0.0/24")});
  change.replace_allowed_ips = true;
  change.allowed_ips = {{prefix("::/0")}};
  f.set(change);
  CHECK(f.device.status().peers[0].allowed_ips == std::vector{prefix("::/0")});
  CHECK(f.device.table()->peer_for(ip("2001:db8::1"))->path->get()->remote == endpoint("192.0.2.1:1000"));
}

TEST_CASE("peers: remove, replace, update only") {
  Fixture f;
  f.set(f.peer());
  PeerConfig unknown;
  unknown.public_key = crypto::wg_public_key(crypto::generate_wg_key(f.keys));
  unknown.update_only = true;
  f.set(unknown);
  CHECK(f.device.status().peers.size() == 1);
  DeviceConfig replace;
  replace.replace_peers = true;
  unknown.update_only = false;
  replace.peers = {unknown};
  f.set(replace);
  REQUIRE(f.device.status().peers.size() == 1);
  CHECK(f.device.status().peers[0].public_key == unknown.public_key);
  unknown.remove = true;
  f.set(unknown);
  CHECK(f.device.status().peers.empty());
  f.set(unknown);  // nothing left to remove, no error
}

TEST_CASE("a device is no peer of itself") {
  Fixture f;
  PeerConfig self = f.peer();
  self.public_key = crypto::wg_public_key(f.private_key);
  f.set(self);
  CHECK(f.device.status().peers.empty());
  f.set(f.peer());
  // The peer's key becomes our own: it goes.
  SeededKeys same(1);
  (void)crypto::generate_wg_key(same);
  DeviceConfig config;
  config.private_key = crypto::generate_wg_key(same);
  REQUIRE(crypto::wg_public_key(*config.private_key) == f.other);
  f.set(config);
  CHECK(f.device.status().peers.empty());
}

TEST_CASE("too much is refused whole") {
  Fixture f;
  f.set(f.peer());
  DeviceConfig config;
  config.listen_port = 1;
  for (std::size_t i = 0; i < limits::kWireguardPeers; ++i) {
    PeerConfig& peer = config.peers.emplace_back();
    store_le(peer.public_key.bytes.data(), static_cast<std::uint32_t>(i));
  }
  const auto refused = f.device.configure(config, kStart);
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::too_large);
  CHECK(f.device.status().peers.size() == 1);
  CHECK(f.device.status().listen_port == 0);
  config.replace_peers = true;
  CHECK(f.device.configure(config, kStart));
  CHECK(f.device.status().peers.size() == limits::kWireguardPeers);
}

TEST_CASE("a persistent keepalive begins a handshake at once, other changes don't") {
  Fixture f;
  f.set(f.peer());
  auto effects = f.device.take_effects();
  REQUIRE(effects.size() == 1);
  CHECK(std::holds_alternative<PublishTable>(effects[0]));
  PeerConfig change = f.peer();
  change.persistent_keepalive = 25s;
  f.set(change);
  effects = f.device.take_effects();
  REQUIRE(effects.size() == 2);
  CHECK(std::holds_alternative<PublishTable>(effects[0]));  // before what needs it
  const auto& send = std::get<SendDatagram>(effects[1]);
  CHECK(classify(send.bytes) == MessageType::initiation);
  CHECK(send.to.remote == endpoint("192.0.2.1:1000"));
  CHECK(send.traffic_class == 0x88);
}

TEST_CASE("a packet waits for an endpoint as well") {
  Fixture f;
  PeerConfig peer = f.peer();
  peer.endpoint.reset();
  f.set(peer);
  const PeerId id = f.device.table()->peer_for(ip("fd00::1"))->id;
  f.device.on_worker_event(PacketWaits{id, Bytes(40)}, kStart);
  (void)f.device.take_effects();
  f.set(f.peer());
  const auto effects = f.device.take_effects();
  REQUIRE(effects.size() == 2);
  CHECK(classify(std::get<SendDatagram>(effects[1]).bytes) == MessageType::initiation);
}

TEST_CASE("without a private key nothing is sent or answered") {
  SeededKeys keys(1);
  SeededRng jitter(2);
  Device device(keys, jitter);
  DeviceConfig config;
  config.peers.emplace_back().endpoint = endpoint("192.0.2.1:1000");
  config.peers[0].persistent_keepalive = 1s;
  config.peers[0].public_key.bytes[0] = 9;
  REQUIRE(device.configure(config, kStart));
  device.on_handshake_message({{endpoint("192.0.2.2:1"), {}, 0}, Bytes(148)}, 1'000, kStart);
  for (const Effect& effect : device.take_effects()) CHECK(std::holds_alternative<PublishTable>(effect));
  CHECK(!device.status().private_key);
}

TEST_CASE("events about a peer that is gone do nothing") {
  Fixture f;
  for (const WorkerEvent& event :
       {WorkerEvent(PacketWaits{PeerId{77}, Bytes(40)}), WorkerEvent(RekeyWanted{PeerId{77}}),
        WorkerEvent(SessionConfirmed{PeerId{77}}), WorkerEvent(TimersWanted{PeerId{77}})})
    f.device.on_worker_event(event, kStart);
  CHECK(f.device.take_effects().empty());
  CHECK(f.device.next_deadline() == kNever);
}

}  // namespace
}  // namespace smeg::wireguard
