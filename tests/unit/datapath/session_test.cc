// Whole sessions: devices with their data paths on a virtual clock. What goes right, and what the network does to it.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "unit/datapath/world.h"

namespace smeg {
namespace {

using namespace testing;
using datapath::Drop;
using wireguard::MessageType;

std::vector<Instant> initiations(const World& world, const Host& host) {
  return times_of(world, host, MessageType::initiation);
}

// A packet that carries its number.
Bytes numbered(const Pair& pair, std::uint32_t number) {
  Bytes payload(64);
  store_be(payload.data(), number);
  return make_packet(pair.ip_a, pair.ip_b, payload);
}
std::uint32_t number_of(const Bytes& packet) { return load_be<std::uint32_t>(&packet[40]); }

TEST_CASE("the first packet begins a handshake and arrives") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b("first"));
  CHECK(pair.b.received.empty());
  pair.world.run(100ms);
  REQUIRE(pair.b.received.size() == 1);
  CHECK(pair.b.received[0] == pair.packet_to_b("first"));
  CHECK(initiations(pair.world, pair.a).size() == 1);
  CHECK(times_of(pair.world, pair.b, MessageType::response).size() == 1);
  CHECK(pair.a.device.counters().sessions == 1);
  CHECK(pair.b.device.counters().sessions == 1);
  CHECK(pair.a.peer_status().last_handshake == std::chrono::nanoseconds(1'700'000'000s + 10ms));
}

TEST_CASE("packets of all sizes and both families cross in both directions") {
  Pair pair;
  wireguard::PeerConfig change = pair.b.as_peer("10.0.0.0/24");
  pair.a.add_peer(change, pair.world.now());
  change = pair.a.as_peer("10.0.1.0/24");
  pair.b.add_peer(change, pair.world.now());
  pair.settle();
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 500u, 1'379u, 1'380u, 9'000u, 65'000u}) {
    const Bytes payload(size, 0x5a);
    const Bytes over_v6 = make_packet(pair.ip_a, pair.ip_b, payload);
    const Bytes over_v4 = make_packet(ip("10.0.0.7"), ip("10.0.1.7"), payload);
    pair.world.send(pair.a, over_v6);
    pair.world.send(pair.b, over_v4);
    pair.world.run(1s);
    REQUIRE(pair.b.received.size() == 1);
    REQUIRE(pair.a.received.size() == 1);
    CHECK(pair.b.received[0] == over_v6);
    CHECK(pair.a.received[0] == over_v4);
    pair.a.received.clear();
    pair.b.received.clear();
  }
}

TEST_CASE("no packet is lost or doubled over rekeys under traffic in both directions") {
  Pair pair;
  pair.world.weather = {.latency = 20ms, .disorder = 60ms};
  constexpr std::uint32_t kPackets = 12'000;  // 600 s: four rekeys
  for (std::uint32_t i = 0; i < kPackets; ++i) {
    pair.world.send(pair.a, numbered(pair, i));
    pair.world.send(pair.b, pair.packet_to_a());
    pair.world.run(50ms);
  }
  pair.world.run(1s);
  std::vector<std::uint32_t> numbers;
  std::ranges::transform(pair.b.received, std::back_inserter(numbers), number_of);
  std::ranges::sort(numbers);
  REQUIRE(numbers.size() == kPackets);
  for (std::uint32_t i = 0; i < kPackets; ++i) CHECK(numbers[i] == i);
  CHECK(pair.a.received.size() == kPackets);
  CHECK(pair.a.device.counters().sessions == 5);
  CHECK(pair.a.device.counters().sessions == pair.b.device.counters().sessions);
}

TEST_CASE("a bad network delays and loses, but never doubles or garbles") {
  for (const std::uint64_t seed : {101u, 102u, 103u}) {
    CAPTURE(seed);
    Pair pair(seed);
    pair.world.weather = {.latency = 30ms, .disorder = 400ms, .loss_percent = 30, .repeat_percent = 30};
    constexpr std::uint32_t kPackets = 4'000;
    for (std::uint32_t i = 0; i < kPackets; ++i) {
      pair.world.send(pair.a, numbered(pair, i));
      if (i % 3 == 0) pair.world.send(pair.b, pair.packet_to_a());
      pair.world.run(100ms);
    }
    pair.world.run(10s);
    std::set<std::uint32_t> seen;
    for (const Bytes& packet : pair.b.received) {
      CHECK(packet == numbered(pair, number_of(packet)));
      CHECK(seen.insert(number_of(packet)).second);
    }
    CHECK(seen.size() > kPackets / 2);
    CHECK(seen.size() < kPackets);
    CHECK(pair.b.inbound.drops().of(Drop::replayed) > 0);
    CHECK(pair.b.inbound.drops().of(Drop::inauthentic) == 0);
  }
}

TEST_CASE("two handshakes at the same time give one session, at once") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.run(1s);
  CHECK(pair.a.received.size() == 1);
  CHECK(pair.b.received.size() == 1);
  CHECK(initiations(pair.world, pair.a).size() == 1);
  CHECK(initiations(pair.world, pair.b).size() == 1);
  CHECK(pair.a.device.counters().responses_sent + pair.b.device.counters().responses_sent == 1);
  CHECK(pair.a.table->receiving.size() == 1);
  CHECK(pair.b.table->receiving.size() == 1);
}

TEST_CASE("of two handshakes at the same time one is lost: the next attempt succeeds") {
  for (const bool a_is_lost : {false, true}) {
    CAPTURE(a_is_lost);
    Pair pair;
    pair.world.filter = [&](const Datagram& datagram) { return (datagram.from == pair.a.where) != a_is_lost; };
    pair.world.send(pair.a, pair.packet_to_b());
    pair.world.send(pair.b, pair.packet_to_a());
    pair.world.filter = [](const Datagram&) { return true; };
    pair.world.run(6s);
    CHECK(pair.a.received.size() == 1);
    CHECK(pair.b.received.size() == 1);
  }
}

TEST_CASE("a peer that moves is found again by its next authentic packet, and by nothing else") {
  Pair pair;
  pair.settle();
  const auto before = pair.a.where;
  pair.a.where = endpoint("198.51.100.7:4444");
  pair.world.inject({endpoint("203.0.113.9:9"), pair.b.where, Bytes(64, 4)});
  pair.world.run(1s);
  CHECK(pair.b.peer_status().endpoint == before);
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
  CHECK(pair.b.peer_status().endpoint == pair.a.where);
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.run(1s);
  CHECK(pair.a.received.size() == 1);
  CHECK(pair.world.log.back().second.to == pair.a.where);
}

// The answer to a packet must not be faster than what the packet changed.
TEST_CASE("an answer goes to where its question came from, though the control thread is behind") {
  Pair pair;
  pair.settle();
  pair.b.control_is_behind = true;
  pair.a.where = endpoint("198.51.100.7:4444");
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.run(1s);
  CHECK(pair.a.received.size() == 1);
  CHECK(pair.world.log.back().second.to == pair.a.where);
}

TEST_CASE("an answer to one who began anew is sealed for its new session, though the control thread is behind") {
  Pair pair;
  pair.settle();
  pair.b.control_is_behind = true;
  pair.a.device.on_interface_down(pair.world.now());
  pair.a.carry_out();
  pair.world.run(6s);  // until an initiation may be sent again
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  REQUIRE(pair.b.received.size() == 1);
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.run(1s);
  CHECK(pair.a.received.size() == 1);
  // It takes the session over as soon as it can, and then the other one is done with.
  pair.b.control_is_behind = false;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK_FALSE(pair.b.table->peer_for(pair.ip_a)->next);
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.run(1s);
  CHECK(pair.a.received.size() == 2);
}

TEST_CASE("packets that were quicker than the news that the interface is up are sent as soon as it has come") {
  Pair pair;
  pair.settle();
  pair.a.device.on_interface_down(pair.world.now());
  // The initiation that this packet brings about goes nowhere: the shell still takes the interface for down.
  pair.a.device.on_worker_event(wireguard::PacketWaits{wireguard::PeerId{1}, pair.packet_to_b()}, pair.world.now());
  CHECK_FALSE(pair.a.device.take_effects().empty());
  pair.a.device.on_interface_up(pair.world.now());
  pair.a.carry_out();
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
}

TEST_CASE("a peer may be known by its key alone until it calls") {
  World world(1);
  Host a(11, "192.0.2.1:1111");
  Host b(22, "192.0.2.2:2222");
  world.add(a);
  world.add(b);
  a.add_peer(b.as_peer("fd00::b/128"), world.now());
  b.add_peer(a.as_peer("fd00::a/128", false), world.now());
  world.send(b, make_packet(ip("fd00::b"), ip("fd00::a"), {}));
  world.run(1s);
  CHECK(world.log.empty());
  CHECK(b.outbound.drops().of(Drop::no_endpoint) == 1);
  CHECK(b.replies.size() == 1);
  world.send(a, make_packet(ip("fd00::a"), ip("fd00::b"), {}));
  world.run(1s);
  world.send(b, make_packet(ip("fd00::b"), ip("fd00::a"), {}));
  world.run(1s);
  CHECK(a.received.size() == 1);
  CHECK(b.received.size() == 1);
}

TEST_CASE("the sticky source follows what comes in, and goes when the system refuses it") {
  Pair pair;
  pair.b.local_address = ip("2001:db8::2");
  pair.settle();
  const auto* peer = pair.b.table->peer_for(pair.ip_a);
  REQUIRE(peer);
  CHECK(peer->path->get() == wireguard::Path{pair.a.where, ip("2001:db8::2"), 0});
  pair.b.device.on_source_refused({pair.a.where, ip("2001:db8::3"), 0}, pair.world.now());
  pair.b.carry_out();
  CHECK(peer->path->get()->source == ip("2001:db8::2"));
  pair.b.device.on_source_refused(*peer->path->get(), pair.world.now());
  pair.b.carry_out();
  CHECK(peer->path->get() == wireguard::Path{pair.a.where, {}, 0});
}

TEST_CASE("pre-shared keys must agree") {
  Pair pair;
  wireguard::PeerConfig change = pair.b.as_peer("fd00::b/128");
  change.preshared_key = crypto::PresharedKey(pair.a.secrets.bytes<32>());
  pair.a.add_peer(change, pair.world.now());
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(30s);
  CHECK(pair.b.received.empty());
  CHECK(pair.a.device.counters().sessions == 0);
  CHECK(pair.a.device.counters().bad_handshake > 0);
  wireguard::PeerConfig same = pair.a.as_peer("fd00::a/128");
  same.preshared_key = change.preshared_key;
  pair.b.add_peer(same, pair.world.now());
  pair.world.run(10s);
  CHECK(pair.b.received.size() == 1);
}

TEST_CASE("packets that wait for a session: the newest 128 go out in order") {
  Pair pair;
  pair.world.filter = [&](const Datagram&) { return false; };
  for (std::uint32_t i = 0; i < 200; ++i) pair.world.send(pair.a, numbered(pair, i));
  pair.world.filter = [](const Datagram&) { return true; };
  pair.world.run(10s);
  REQUIRE(pair.b.received.size() == limits::kStagedPacketsPerPeer);
  for (std::uint32_t i = 0; i < pair.b.received.size(); ++i) CHECK(number_of(pair.b.received[i]) == 72 + i);
  CHECK(pair.a.device.counters().staged_dropped == 72);
}

TEST_CASE("a new private key ends sending with the old sessions and begins new ones") {
  Pair pair;
  pair.settle();
  wireguard::DeviceConfig config;
  config.private_key = crypto::generate_wg_key(pair.a.secrets);
  REQUIRE(pair.a.device.configure(config, pair.world.now()));
  pair.a.carry_out();
  pair.a.public_key = crypto::wg_public_key(*config.private_key);
  pair.b.add_peer(pair.a.as_peer("fd00::a/128"), pair.world.now());
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
  CHECK(pair.b.device.status().peers.at(0).allowed_ips.empty());
  CHECK(pair.b.device.status().peers.at(1).last_handshake.count() > 0);
}

TEST_CASE("a peer that is removed is unknown at once") {
  Pair pair;
  pair.settle();
  wireguard::PeerConfig gone;
  gone.public_key = pair.a.public_key;
  gone.remove = true;
  pair.b.add_peer(gone, pair.world.now());
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(pair.b.received.empty());
  CHECK(pair.b.inbound.drops().of(Drop::unknown_session) == 1);
  CHECK(pair.b.table->receiving.size() == 0);
  pair.world.send(pair.b, pair.packet_to_a());
  CHECK(pair.b.replies.size() == 1);
}

TEST_CASE("sessions go on when the calendar is set back, on either side") {
  Pair pair;
  pair.settle();
  pair.a.device.set_wall_clock(WallTime(1'600'000'000s), pair.world.now());
  pair.world.run(200s);
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
}

TEST_CASE("bytes are counted on both sides alike") {
  Pair pair;
  pair.settle();
  const auto before = pair.b.peer_status().rx_bytes;
  pair.world.send(pair.a, make_packet(pair.ip_a, pair.ip_b, Bytes(960)));  // 1,000 bytes, padded to 1,008
  pair.world.run(1s);
  CHECK(pair.b.peer_status().rx_bytes - before == 1'008 + 32);
  CHECK(pair.a.peer_status().tx_bytes == pair.b.peer_status().rx_bytes);
  CHECK(pair.b.peer_status().tx_bytes == pair.a.peer_status().rx_bytes);
}

TEST_CASE("three hosts: each pair has its own session") {
  Pair pair;
  Host c(33, "192.0.2.3:3333");
  pair.world.add(c);
  pair.a.add_peer(c.as_peer("fd00::c/128"), pair.world.now());
  c.add_peer(pair.a.as_peer("fd00::a/128"), pair.world.now());
  pair.a.send_packets({pair.packet_to_b("b"), make_packet(pair.ip_a, ip("fd00::c"), as_bytes("c"))}, pair.world.now());
  pair.world.run(1s);
  REQUIRE(pair.b.received.size() == 1);
  REQUIRE(c.received.size() == 1);
  CHECK(c.received[0] == make_packet(pair.ip_a, ip("fd00::c"), as_bytes("c")));
}

}  // namespace
}  // namespace smeg
