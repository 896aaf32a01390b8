#include "netlink/devices.h"

#include <doctest/doctest.h>

namespace smeg::netlink {
namespace {

using namespace netstate;

InterfaceName name() { return InterfaceName::make("smeg", 0).value(); }

crypto::WgPublicKey key(std::uint8_t number) {
  crypto::WgPublicKey out;
  out.bytes.fill(number);
  return out;
}

EndpointChoice choice(std::string_view text) { return {addr::Endpoint::parse(text).value(), 3}; }

ObservedDevice device_with(std::initializer_list<std::uint8_t> peers) {
  ObservedDevice device;
  for (const std::uint8_t number : peers) device.peers[key(number)];
  return device;
}

}  // namespace

TEST_CASE("a device's state becomes netstate's") {
  wireguard::DeviceStatus status;
  status.listen_port = 51'820;
  status.fwmark = 9;
  wireguard::PeerStatus peer;
  peer.public_key = key(1);
  peer.endpoint = addr::Endpoint::parse("[2001:db8::1]:7").value();
  peer.persistent_keepalive = std::chrono::seconds(25);
  peer.last_handshake = std::chrono::nanoseconds(1'700'000'000'123'999'999);
  peer.rx_bytes = 5;
  peer.tx_bytes = 6;
  peer.allowed_ips = {addr::Prefix::parse("fd00::2/128").value()};
  peer.accepted_ips = {addr::Prefix::parse("fd01::/64").value()};
  status.peers = {peer, {}};
  status.peers[1].public_key = key(2);

  const ObservedDevice device = to_observed(status);
  CHECK(device.private_key.is_zero());
  CHECK(device.listen_port == 51'820);
  CHECK(device.fwmark == 9);
  REQUIRE(device.peers.size() == 2);
  const ObservedPeer& first = device.peers.at(key(1));
  CHECK(first.endpoint == peer.endpoint);
  CHECK(!first.chosen);
  CHECK(first.keepalive == std::chrono::seconds(25));
  CHECK(first.last_handshake == WallTime(std::chrono::milliseconds(1'700'000'000'123)));
  CHECK(first.rx_bytes == 5);
  CHECK(first.tx_bytes == 6);
  CHECK(first.allowed_ips.size() == 1);
  CHECK(first.sources == std::set{addr::Prefix::parse("fd01::/64").value()});
  CHECK(!device.peers.at(key(2)).last_handshake);
}

TEST_CASE("operations become one change of a device, in their order") {
  wireguard::DeviceConfig config;
  SetPeer peer{name(), key(1), {}, std::chrono::seconds(0), choice("192.0.2.1:7"), {}, true};
  peer.allowed_ips = {addr::Prefix::parse("fd00::2/128").value()};
  peer.sources = {addr::Prefix::parse("fd01::/64").value()};
  add_to_config(SetDevice{name(), {}, 51'820, 0}, config);
  add_to_config(peer, config);
  add_to_config(RemovePeer{name(), key(2)}, config);
  CHECK(config.listen_port == 51'820);
  CHECK(config.fwmark == 0u);
  CHECK(!config.replace_peers);
  REQUIRE(config.peers.size() == 2);
  CHECK(config.peers[0].endpoint == peer.endpoint->endpoint);
  CHECK(config.peers[0].replace_allowed_ips);
  CHECK(config.peers[0].preshared_key.has_value());  // an old one goes
  CHECK(config.peers[0].persistent_keepalive == std::chrono::seconds(0));
  REQUIRE(config.peers[0].allowed_ips.size() == 1);
  CHECK(!config.peers[0].allowed_ips[0].remove);
  CHECK(!config.peers[0].replace_accepted_ips);
  CHECK(config.peers[0].accepted_ips == std::vector<wireguard::PrefixChange>{{*peer.sources.begin(), false}});
  CHECK(config.peers[1].remove);

  peer.endpoint.reset();
  wireguard::DeviceConfig other;
  add_to_config(peer, other);
  CHECK(!other.peers[0].endpoint);
  CHECK(!other.private_key);
}

TEST_CASE("a choice is remembered as long as its peer is there") {
  DeviceMemory memory;
  memory.on_chosen(name(), key(1), choice("192.0.2.1:7"));
  ObservedDevice device = device_with({1, 2});
  memory.on_answer(name(), device);
  CHECK(device.peers.at(key(1)).chosen == choice("192.0.2.1:7"));
  CHECK(!device.peers.at(key(2)).chosen);
  device = device_with({2});
  memory.on_answer(name(), device);
  device = device_with({1, 2});
  memory.on_answer(name(), device);
  CHECK(!device.peers.at(key(1)).chosen);

  memory.on_chosen(name(), key(2), choice("192.0.2.2:7"));
  memory.on_removed(name());
  device = device_with({2});
  memory.on_answer(name(), device);
  CHECK(!device.peers.at(key(2)).chosen);
}

TEST_CASE("a silent engine shows its last state for a while, then none") {
  DeviceMemory memory;
  CHECK(memory.on_silence(name()).error().code == Code::unavailable);  // never seen
  ObservedDevice device = device_with({1});
  device.fwmark = 5;
  memory.on_answer(name(), device);
  for (int round = 0; round < 2; ++round) {
    for (unsigned i = 1; i < limits::kEngineSilences; ++i) {
      const auto seen = memory.on_silence(name());
      REQUIRE(seen);
      REQUIRE(*seen);
      CHECK((*seen)->fwmark == 5);
    }
    const auto given_up = memory.on_silence(name());
    REQUIRE(given_up);
    CHECK(!*given_up);
    memory.on_answer(name(), device);  // and it counts anew
  }
}

}  // namespace smeg::netlink
