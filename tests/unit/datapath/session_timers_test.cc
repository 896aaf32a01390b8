// When things happen, to the nanosecond of a virtual clock (WireGuard paper, section 6).
#include <doctest/doctest.h>

#include "unit/datapath/world.h"

namespace smeg {
namespace {

using namespace testing;
using wireguard::MessageType;

std::size_t count(const World& world, const Host& host, MessageType type) { return times_of(world, host, type).size(); }
std::vector<Instant> initiations(const World& world, const Host& host) {
  return times_of(world, host, MessageType::initiation);
}
std::vector<Instant> data(const World& world, const Host& host) { return times_of(world, host, MessageType::data); }

TEST_CASE("an initiation is repeated after 5 s and up to 333 ms, and given up after 90 s") {
  Pair pair;
  pair.world.filter = [](const Datagram&) { return false; };
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(90s - 1ns);
  const auto times = initiations(pair.world, pair.a);
  REQUIRE(times.size() >= 17);
  REQUIRE(times.size() <= 18);
  bool jittered = false;
  for (std::size_t i = 1; i < times.size(); ++i) {
    CHECK(times[i] - times[i - 1] >= 5s);
    CHECK(times[i] - times[i - 1] < 5s + 333ms);
    jittered = jittered || times[i] - times[i - 1] != times[1] - times[0];
  }
  CHECK(jittered);
  CHECK(pair.a.device.counters().given_up == 0);
  pair.world.run(1ns);
  CHECK(pair.a.device.counters().given_up == 1);
  CHECK(pair.a.device.counters().staged_dropped == 1);
  pair.world.run(600s);
  CHECK(initiations(pair.world, pair.a).size() == times.size());
}

TEST_CASE("a new packet begins anew after giving up, and puts giving up off before") {
  Pair pair;
  pair.world.filter = [](const Datagram&) { return false; };
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(60s);
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(90s - 1ns);
  CHECK(pair.a.device.counters().given_up == 0);
  pair.world.run(1ns);
  CHECK(pair.a.device.counters().given_up == 1);
  const auto before = initiations(pair.world, pair.a).size();
  pair.world.run(10s);
  pair.world.filter = [](const Datagram&) { return true; };
  pair.world.send(pair.a, pair.packet_to_b());
  CHECK(initiations(pair.world, pair.a).size() == before + 1);
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
}

TEST_CASE("who receives and has nothing to say sends a keepalive after 10 s") {
  Pair pair;
  pair.settle();
  pair.world.run(100s);
  pair.world.log.clear();
  pair.world.send(pair.a, pair.packet_to_b());
  const Instant received = pair.world.now() + 5ms;
  pair.world.run(60s);
  const auto sent = data(pair.world, pair.b);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0] == received + 10s);
  CHECK(data(pair.world, pair.a).size() == 1);
}

TEST_CASE("the keepalive is spared by anything sent meanwhile") {
  Pair pair;
  pair.settle();
  pair.world.run(50s);
  pair.world.log.clear();
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(9s);
  pair.world.send(pair.b, pair.packet_to_a());
  const Instant received = pair.world.now() + 5ms;
  pair.world.run(60s);
  CHECK(data(pair.world, pair.b).size() == 1);
  const auto from_a = data(pair.world, pair.a);
  REQUIRE(from_a.size() == 2);
  CHECK(from_a[1] == received + 10s);
}

TEST_CASE("a keepalive is owed 10 s after a packet that came while timers were looked at already") {
  Pair pair;
  pair.settle();
  pair.world.run(50s);
  pair.world.log.clear();
  pair.world.send(pair.b, pair.packet_to_a());  // b now watches for an answer
  pair.world.run(3s);
  pair.world.send(pair.a, pair.packet_to_b());
  const Instant received = pair.world.now() + 5ms;
  pair.world.run(30s);
  const auto from_b = data(pair.world, pair.b);
  REQUIRE(from_b.size() == 2);
  CHECK(from_b[1] == received + 10s);
}

TEST_CASE("who sends and hears nothing begins a new handshake after 15 s and up to 333 ms") {
  Pair pair;
  pair.settle();
  pair.world.run(50s);
  pair.world.log.clear();
  pair.world.filter = [](const Datagram&) { return false; };
  const Instant sent = pair.world.now();
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(4s);
  pair.world.send(pair.a, pair.packet_to_b());  // doesn't put it off
  pair.world.run(12s);
  const auto times = initiations(pair.world, pair.a);
  REQUIRE(times.size() == 1);
  CHECK(times[0] >= sent + 15s);
  CHECK(times[0] < sent + 15s + 333ms);
}

TEST_CASE("the initiator rekeys with what it sends from 120 s on, the responder doesn't") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b());
  const Instant created = pair.world.now() + 10ms;
  pair.world.run(1s);
  pair.world.run(created + 120s - 1ns - pair.world.now());
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.send(pair.a, pair.packet_to_b());
  CHECK(count(pair.world, pair.a, MessageType::initiation) == 1);
  pair.world.run(1ns);
  pair.world.send(pair.b, pair.packet_to_a());
  CHECK(count(pair.world, pair.b, MessageType::initiation) == 0);
  pair.world.send(pair.a, pair.packet_to_b());
  CHECK(count(pair.world, pair.a, MessageType::initiation) == 2);
  pair.world.run(1s);
  CHECK(pair.a.device.counters().sessions == 2);
  CHECK(pair.b.device.counters().sessions == 2);
}

TEST_CASE("an initiator that only receives rekeys at 165 s") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b());
  const Instant created = pair.world.now() + 10ms;
  // Only b talks, and so often that a's keepalives are all that a sends; those go out before 120 s or not at all.
  pair.world.run(created + 112s - pair.world.now());
  pair.world.run(created + 165s - 6ms - pair.world.now());
  pair.world.send(pair.b, pair.packet_to_a());  // comes 1 ms too early
  pair.world.run(6ms - 1ns);
  CHECK(initiations(pair.world, pair.a).size() == 1);
  pair.world.send(pair.b, pair.packet_to_a());
  pair.world.run(5ms);
  CHECK(initiations(pair.world, pair.a).size() == 2);
}

TEST_CASE("no session is used at 180 s") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b());
  const Instant created_b = pair.world.now() + 5ms;
  pair.world.run(1s);
  pair.world.run(created_b + 180s - 1ns - pair.world.now());
  pair.world.send(pair.b, pair.packet_to_a());
  CHECK(initiations(pair.world, pair.b).empty());
  pair.world.run(1ns);
  pair.world.send(pair.b, pair.packet_to_a());
  CHECK(initiations(pair.world, pair.b).size() == 1);
  pair.world.run(1s);
  CHECK(pair.a.received.size() == 2);
}

TEST_CASE("what comes on a session of 180 s is dropped") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  const auto received = pair.b.received.size();
  Datagram late;
  pair.world.filter = [&](const Datagram& datagram) {
    late = datagram;
    return false;
  };
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.filter = [](const Datagram&) { return true; };
  pair.world.inject(late, 180s);
  pair.world.run(200s);
  CHECK(pair.b.received.size() == received);
  CHECK(pair.b.inbound.drops().of(datapath::Drop::expired_session) == 1);
}

TEST_CASE("all keys of a session are gone after 540 s") {
  Pair pair;
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  const std::weak_ptr<wireguard::Keypair> session = pair.a.table->peer_for(pair.ip_b)->current;
  const Instant created = session.lock()->created();
  pair.world.run(created + 540s - 1ns - pair.world.now());
  CHECK(!session.expired());
  pair.world.run(1ns);
  CHECK(session.expired());
  CHECK(pair.a.table->receiving.size() == 0);
  CHECK(pair.a.device.next_deadline() == kNever);
}

TEST_CASE("a device with nothing to do has no deadline") {
  Pair pair;
  CHECK(pair.a.device.next_deadline() == kNever);
  pair.settle();
  pair.world.run(1'000s);
  CHECK(pair.a.device.next_deadline() == kNever);
  CHECK(pair.b.device.next_deadline() == kNever);
}

TEST_CASE("persistent keepalives come at their interval, and keep the session alive by themselves") {
  Pair pair;
  wireguard::PeerConfig change = pair.b.as_peer("fd00::b/128");
  change.persistent_keepalive = 25s;
  pair.a.add_peer(change, pair.world.now());
  pair.world.run(1s);  // the handshake begins at once, and its end sends the first one
  const auto first = data(pair.world, pair.a);
  REQUIRE(first.size() == 1);
  pair.world.run(100s);
  const auto times = data(pair.world, pair.a);
  REQUIRE(times.size() == 5);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] == 25s);
  pair.world.run(1'000s);
  CHECK(pair.a.device.counters().sessions >= 8);
  CHECK(pair.b.inbound.drops().of(datapath::Drop::expired_session) == 0);
}

TEST_CASE("any packet puts the persistent keepalive off") {
  Pair pair;
  wireguard::PeerConfig change = pair.b.as_peer("fd00::b/128");
  change.persistent_keepalive = 25s;
  pair.a.add_peer(change, pair.world.now());
  pair.world.run(20s);
  pair.world.send(pair.a, pair.packet_to_b());
  const Instant answered = pair.world.now() + 5ms + 10s + 5ms;  // b's keepalive comes back
  pair.world.log.clear();
  pair.world.run(60s);
  const auto times = data(pair.world, pair.a);
  REQUIRE(times.size() >= 1);
  CHECK(times[0] == answered + 25s);
}

TEST_CASE("an interface that goes down forgets its sessions") {
  Pair pair;
  pair.settle();
  pair.a.device.on_interface_down(pair.world.now());
  pair.a.carry_out();
  CHECK(pair.a.table->receiving.size() == 0);
  pair.world.send(pair.a, pair.packet_to_b());
  pair.world.run(1s);
  CHECK(pair.b.received.size() == 1);
}

}  // namespace
}  // namespace smeg
