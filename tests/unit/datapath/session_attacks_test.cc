// What strangers may try.
#include <doctest/doctest.h>

#include <set>

#include "unit/datapath/world.h"

namespace smeg {
namespace {

using namespace testing;
using datapath::Drop;
using wireguard::MessageType;

std::size_t count(const World& world, const Host& host, MessageType type) { return times_of(world, host, type).size(); }

// The first datagram of that type in the log, from that host.
Datagram find(const World& world, const Host& host, MessageType type) {
  for (const auto& [time, datagram] : world.log)
    if (datagram.from == host.where && wireguard::classify(datagram.bytes) == type) return datagram;
  FAIL("no such datagram");
  return {};
}

TEST_CASE("a recorded data message is taken once") {
  Pair pair;
  pair.settle();
  pair.world.log.clear();
  pair.world.send(pair.a, pair.packet_to_b());
  const Datagram recorded = find(pair.world, pair.a, MessageType::data);
  pair.world.run(1s);
  for (int i = 0; i < 3; ++i) pair.world.inject(recorded);
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
  CHECK(pair.b.inbound.drops().of(Drop::replayed) == 3);
}

TEST_CASE("a recorded initiation is not answered, and moves nobody") {
  Pair pair;
  pair.settle();
  Datagram recorded = find(pair.world, pair.a, MessageType::initiation);
  pair.world.log.clear();
  recorded.from = endpoint("203.0.113.9:9");
  pair.world.inject(recorded);
  pair.world.run(1s);
  CHECK(pair.world.log.empty());
  CHECK(pair.b.device.counters().bad_handshake == 1);
  CHECK(pair.b.peer_status().endpoint == pair.a.where);
}

TEST_CASE("a recorded response is good for nothing") {
  Pair pair;
  pair.settle();
  const Datagram recorded = find(pair.world, pair.b, MessageType::response);
  pair.world.inject(recorded);
  pair.world.run(1s);
  CHECK(pair.a.device.counters().bad_handshake == 1);
  CHECK(pair.a.device.counters().sessions == 1);
}

TEST_CASE("every changed byte of every message is noticed, and nothing is answered") {
  Pair pair;
  pair.settle();
  pair.world.run(20s);
  std::vector<Datagram> recorded;
  for (const auto& [time, datagram] : pair.world.log) recorded.push_back(datagram);
  pair.world.run(200s);  // the sessions are old; b, freshly asked, would answer
  pair.world.log.clear();
  const auto before = pair.b.peer_status();
  for (const Datagram& datagram : recorded) {
    for (std::size_t at = 0; at < datagram.bytes.size(); ++at) {
      Datagram changed = datagram;
      changed.from = endpoint("203.0.113.9:9");
      changed.bytes[at] ^= 0x10;
      pair.world.inject(changed);
    }
  }
  pair.world.run(1s);
  CHECK(pair.world.log.empty());
  CHECK(pair.a.received.empty());
  CHECK(pair.b.received.empty());
  CHECK(pair.b.peer_status() == before);
}

TEST_CASE("noise of any length changes nothing") {
  Pair pair;
  pair.settle();
  pair.world.log.clear();
  SeededRng rng(5);
  for (int i = 0; i < 2'000; ++i) {
    Bytes noise(rng.below(200));
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(rng.next());
    if (noise.size() >= 4) store_le(noise.data(), static_cast<std::uint32_t>(1 + rng.below(4)));
    pair.world.inject({endpoint("203.0.113.9:9"), pair.b.where, noise});
  }
  pair.world.run(1s);
  CHECK(pair.world.log.empty());
  CHECK(pair.b.received.empty());
}

TEST_CASE("somebody whose key isn't configured gets no answer") {
  Pair pair;
  Host stranger(99, "203.0.113.9:9");
  pair.world.add(stranger);
  stranger.add_peer(pair.b.as_peer("fd00::b/128"), pair.world.now());
  pair.world.send(stranger, make_packet(ip("fd00::c"), ip("fd00::b"), {}));
  pair.world.run(20s);
  CHECK(count(pair.world, pair.b, MessageType::response) == 0);
  CHECK(pair.b.device.counters().bad_handshake >= 3);
}

TEST_CASE("a message meant for another key stops at its mac1") {
  Pair pair;
  Host c(33, "192.0.2.3:3333");
  pair.world.add(c);
  c.where = pair.b.where;  // a takes c's address for b's
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(c.device.counters().bad_mac == 1);
  CHECK(c.device.counters().bad_handshake == 0);
}

TEST_CASE("low-order public keys get no handshake") {
  Pair pair;
  wireguard::PeerConfig low;
  low.endpoint = pair.b.where;
  low.allowed_ips = {{prefix("fd00::d/128")}};
  low.persistent_keepalive = 25s;
  pair.a.add_peer(low, pair.world.now());
  pair.world.send(pair.a, make_packet(pair.ip_a, ip("fd00::d"), {}));
  pair.world.run(200s);
  CHECK(pair.world.log.empty());
  CHECK(pair.a.device.counters().initiations_sent == 0);
}

TEST_CASE("under load a cookie is asked for, and a real peer gets through with it") {
  Pair pair;
  pair.b.waiting = wireguard::kHandshakeBacklog;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(count(pair.world, pair.a, MessageType::initiation) == 2);
  CHECK(count(pair.world, pair.b, MessageType::cookie_reply) == 1);
  CHECK(pair.b.received.size() == 1);
}

TEST_CASE("cookie replies that are repeated draw one more initiation and no others") {
  Pair pair;
  pair.b.waiting = wireguard::kHandshakeBacklog;
  pair.world.filter = [&](const Datagram& datagram) {
    return wireguard::classify(datagram.bytes) != MessageType::response;
  };
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  const Datagram reply = find(pair.world, pair.b, MessageType::cookie_reply);
  for (int i = 0; i < 100; ++i) pair.world.inject(reply, i * 10ms);
  pair.world.run(1s);
  CHECK(count(pair.world, pair.a, MessageType::initiation) == 2);
}

TEST_CASE("a cookie is good for its sender's address and port alone, and for two minutes") {
  Pair pair;
  pair.b.waiting = wireguard::kHandshakeBacklog;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(10s);
  REQUIRE(pair.b.received.size() == 1);
  pair.world.log.clear();
  pair.a.device.on_interface_down(pair.world.now());
  pair.a.carry_out();
  pair.a.where.port = 1112;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(count(pair.world, pair.b, MessageType::cookie_reply) == 1);
  pair.world.run(10s);
  CHECK(pair.b.received.size() == 2);
  pair.world.run(600s);
  pair.world.log.clear();
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(count(pair.world, pair.b, MessageType::cookie_reply) == 1);
}

TEST_CASE("a flood with forged sources doesn't keep a real peer out") {
  Pair pair;
  Host flooder(99, "203.0.113.9:9");
  flooder.add_peer(pair.b.as_peer("fd00::b/128"), pair.world.now());
  flooder.send_packets({make_packet(ip("fd00::c"), ip("fd00::b"), {})}, pair.world.now());
  REQUIRE(flooder.sent.size() == 1);
  Datagram forged = flooder.sent[0];
  forged.from = pair.a.where;  // the victim's own address
  pair.b.waiting = 1'000;
  for (int i = 0; i < 2'000; ++i) pair.world.inject(forged, i * 1ms);
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(12s);
  CHECK(pair.b.received.size() == 1);
  CHECK(pair.b.device.counters().rate_limited == 0);
  CHECK(pair.b.device.counters().without_cookie >= 2'000);
}

TEST_CASE("under load, who has a cookie is still held to its rate") {
  Pair pair;
  pair.b.waiting = wireguard::kHandshakeBacklog;
  Datagram with_cookie;
  pair.world.filter = [&](const Datagram& datagram) {
    const bool asks = wireguard::classify(datagram.bytes) == MessageType::initiation;
    if (!asks || std::ranges::count(ByteView(datagram.bytes).last(16), 0) == 16) return true;
    with_cookie = datagram;
    return false;
  };
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  pair.world.filter = [](const Datagram&) { return true; };
  for (int i = 0; i < 200; ++i) pair.world.inject(with_cookie, i * 5ms);
  pair.world.run(1s);
  // 5 at once, and 20 in the second: one is taken, the others are repeats.
  const auto counters = pair.b.device.counters();
  CHECK(counters.bad_handshake + 1 == 24);
  CHECK(counters.rate_limited == 200 - 24);
}

TEST_CASE("no answer is larger than its question") {
  Pair pair;
  pair.b.waiting = wireguard::kHandshakeBacklog;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(10s);
  CHECK(find(pair.world, pair.b, MessageType::cookie_reply).bytes.size() == 64);
  CHECK(find(pair.world, pair.b, MessageType::response).bytes.size() == 92);
  CHECK(find(pair.world, pair.a, MessageType::initiation).bytes.size() == 148);
}

TEST_CASE("a peer can't speak with another's inner address") {
  Pair pair;
  Host c(33, "192.0.2.3:3333");
  pair.world.add(c);
  pair.b.add_peer(c.as_peer("fd00::c/128"), pair.world.now());
  c.add_peer(pair.b.as_peer("fd00::b/128"), pair.world.now());
  pair.world.send(c, make_packet(ip("fd00::a"), ip("fd00::b"), as_bytes("forged")));
  pair.world.send(c, make_packet(ip("fd00::c"), ip("fd00::b"), as_bytes("true")));
  pair.world.run(1s);
  REQUIRE(pair.b.received.size() == 1);
  CHECK(pair.b.received[0] == make_packet(ip("fd00::c"), ip("fd00::b"), as_bytes("true")));
  CHECK(pair.b.inbound.drops().of(Drop::wrong_source) == 1);
}

TEST_CASE("the index of a session says nothing about the peer") {
  Pair pair;
  std::set<std::uint32_t> indexes;
  for (int i = 0; i < 20; ++i) {
    pair.settle();
    indexes.insert(pair.a.table->peer_for(pair.ip_b)->sending()->local_index());
    pair.world.run(200s);
  }
  CHECK(indexes.size() == 20);
}

}  // namespace
}  // namespace smeg
