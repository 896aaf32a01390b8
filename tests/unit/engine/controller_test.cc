#include "engine/controller.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::engine;

namespace {

// A controller with sockets, as an engine has it before its workers start.
struct Controlled {
  Controlled()
      : log(LogLevel::silent, "wg0"),
        exchange(std::move(*EventQueue::make()), std::move(*Wake::make()), std::move(*Wake::make()), Underlay{}),
        controller(exchange, log, std::move(*io::Routes::open())) {
    REQUIRE(controller.open_sockets());
  }
  std::string set(const wireguard::DeviceConfig& config) { return controller.on_request(config); }
  std::string get() { return controller.on_request(wireguard::GetRequest{}); }
  bool shows(const std::string& line) { return get().find(line + "\n") != std::string::npos; }
  std::uint16_t port() { return exchange.underlay.get()->sockets->port(); }

  Log log;
  Exchange exchange;
  Controller controller;
};

wireguard::PeerConfig peer(std::uint32_t number) {
  wireguard::PeerConfig config;
  store_le(config.public_key.bytes.data(), number);
  return config;
}

constexpr const char* kDone = "errno=0\n\n";

}  // namespace

TEST_CASE("there is a port from the start, and a new one reaches the workers") {
  Controlled engine;
  const std::uint16_t first = engine.port();
  CHECK(engine.shows("listen_port=" + std::to_string(first)));
  const auto before = engine.exchange.underlay.get();
  wireguard::DeviceConfig config;
  config.listen_port = first;
  CHECK(engine.set(config) == kDone);
  CHECK(engine.exchange.underlay.get()->sockets == before->sockets);  // the same port: nothing is cut off
  config.listen_port = 0;
  CHECK(engine.set(config) == kDone);
  CHECK(engine.exchange.underlay.get()->sockets != before->sockets);
  CHECK(engine.shows("listen_port=" + std::to_string(engine.port())));
}

TEST_CASE("a port that is taken is refused, and nothing of the request is carried out") {
  Controlled engine;
  const auto taken = io::UdpSockets::open(0, 0);
  REQUIRE(taken);
  const std::string before = engine.get();
  wireguard::DeviceConfig config;
  config.listen_port = taken->port();
  config.peers.push_back(peer(1));
  CHECK(engine.set(config) == "errno=-98\n\n");
  CHECK(engine.get() == before);
}

TEST_CASE("a request beyond the limits leaves the port as it was") {
  Controlled engine;
  const std::string before = engine.get();
  wireguard::DeviceConfig config;
  config.listen_port = 0;
  for (std::uint32_t i = 1; i <= limits::kWireguardPeers + 1; ++i) config.peers.push_back(peer(i));
  CHECK(engine.set(config) == "errno=-7\n\n");
  CHECK(engine.get() == before);
}

TEST_CASE("peers reach the workers' table") {
  Controlled engine;
  wireguard::DeviceConfig config;
  config.peers.push_back(peer(1));
  config.peers.back().allowed_ips.push_back({*addr::Prefix::parse("fd00::/8"), false});
  CHECK(engine.set(config) == kDone);
  CHECK(engine.exchange.table.get()->peer_for(*addr::IpAddress::parse("fd00::1")) != nullptr);
  config.peers.back().remove = true;
  CHECK(engine.set(config) == kDone);
  CHECK(engine.exchange.table.get()->peer_for(*addr::IpAddress::parse("fd00::1")) == nullptr);
}

TEST_CASE("the interface's state and MTU reach the workers") {
  Controlled engine;
  engine.controller.on_link(false, 1'280);
  CHECK_FALSE(engine.exchange.underlay.get()->up);
  CHECK(engine.exchange.underlay.get()->mtu == 1'280);
  engine.controller.on_link(true, 1'280);
  CHECK(engine.exchange.underlay.get()->up);
}

TEST_CASE("a flood of handshake messages is taken in pieces, and the rest rings again") {
  Controlled engine;
  std::vector<wireguard::HandshakeMessage> junk(1'000, {{}, Bytes(wireguard::kInitiationBytes, 1)});
  engine.exchange.events->post(std::move(junk));
  std::size_t rounds = 0;
  for (std::size_t waiting = 1; waiting > 0; ++rounds) {
    REQUIRE(rounds < 1'000);
    CHECK(engine.controller.on_events());
    (void)engine.exchange.events->take_handshakes(0, waiting);
  }
  CHECK(rounds > 1);
  engine.exchange.events->post(InterfaceGone{});
  CHECK_FALSE(engine.controller.on_events());
}
