#include "datapath/inbound.h"

#include <doctest/doctest.h>

#include "unit/datapath/world.h"

namespace smeg::datapath {
namespace {

using namespace testing;

// Two hosts with a session, and an inbound worker of b's to play with.
struct Fixture {
  Pair pair;
  Inbound inbound;

  Fixture() { pair.settle(); }

  // What a would send, not sent.
  std::vector<Datagram> sealed(const std::vector<Bytes>& packets) {
    pair.a.send_packets(packets, pair.world.now());
    return std::exchange(pair.a.sent, {});
  }
  std::vector<Bytes> process(std::vector<Datagram> datagrams) {
    std::vector<InboundDatagram> batch;
    for (Datagram& datagram : datagrams)
      batch.push_back({datagram.bytes, {datagram.from, {}, 0}, datagram.traffic_class});
    inbound.process(*pair.b.table, batch, pair.world.now());
    std::vector<Bytes> out;
    for (const MutableByteView packet : inbound.packets()) out.push_back(to_bytes(packet));
    return out;
  }
};

TEST_CASE("a batch of all kinds: packets in order, handshakes aside, the rest counted") {
  Fixture f;
  auto batch = f.sealed({f.pair.packet_to_b("1"), f.pair.packet_to_b("2"), f.pair.packet_to_b("3")});
  batch[1].bytes.back() ^= 1;
  Bytes unknown = batch[0].bytes;
  unknown[4] ^= 1;
  Bytes handshake(148);
  handshake[0] = 1;
  batch.push_back({f.pair.a.where, f.pair.b.where, unknown});
  batch.push_back({f.pair.a.where, f.pair.b.where, handshake});
  batch.push_back({f.pair.a.where, f.pair.b.where, Bytes(20)});
  batch.push_back(batch[0]);
  CHECK(f.process(batch) == std::vector<Bytes>{f.pair.packet_to_b("1"), f.pair.packet_to_b("3")});
  CHECK(f.inbound.drops().of(Drop::inauthentic) == 1);
  CHECK(f.inbound.drops().of(Drop::unknown_session) == 1);
  CHECK(f.inbound.drops().of(Drop::malformed) == 1);
  CHECK(f.inbound.drops().of(Drop::replayed) == 1);
  const auto handshakes = f.inbound.take_handshakes();
  REQUIRE(handshakes.size() == 1);
  CHECK(handshakes[0].bytes == handshake);
  CHECK(handshakes[0].from.remote == f.pair.a.where);
  CHECK(f.inbound.take_handshakes().empty());
}

TEST_CASE("a packet without an inner IP packet is dropped, an empty one is a keepalive") {
  Fixture f;
  wireguard::Keypair* const session = f.pair.a.table->peer_for(f.pair.ip_b)->sending();
  const auto seal = [&](Bytes plain) {
    const auto counter = *session->take_counter(f.pair.world.now());
    Bytes out(plain.size() + wireguard::kDataOverhead);
    wireguard::encode(wireguard::DataHeader{session->remote_index(), counter}, out.data());
    crypto::aead_seal(session->sending_key(), counter, {}, plain, MutableByteView(out).subspan(16));
    return Datagram{f.pair.a.where, f.pair.b.where, out};
  };
  const auto before = f.pair.b.peer_status().rx_bytes;
  CHECK(f.process({seal({}), seal(Bytes(16)), seal({0x60, 0, 0, 0})}).empty());
  CHECK(f.inbound.drops().of(Drop::malformed) == 2);
  CHECK(f.pair.b.peer_status().rx_bytes == before + 32 + 48 + 36);
}

TEST_CASE("events: each once for a batch") {
  Fixture f;
  f.pair.world.run(60s);
  const std::vector<Bytes> packets(10, f.pair.packet_to_b());
  f.process(f.sealed(packets));
  CHECK(f.inbound.take_events() == Events{wireguard::TimersWanted{f.pair.b.table->peer_for(f.pair.ip_a)->id}});
}

TEST_CASE("of a batch that comes from several places, the last one counts") {
  Fixture f;
  auto batch = f.sealed(std::vector<Bytes>(3, f.pair.packet_to_b()));
  batch[1].from = endpoint("203.0.113.1:1");
  batch[2].from = endpoint("203.0.113.2:2");
  f.process(batch);
  CHECK(f.pair.b.peer_status().endpoint == endpoint("203.0.113.2:2"));
}

TEST_CASE("congestion on the way reaches the inner packet") {
  Fixture f;
  auto batch = f.sealed({make_packet(f.pair.ip_a, f.pair.ip_b, {}, 2)});
  CHECK(batch[0].traffic_class == 2);
  batch[0].traffic_class = 3;
  CHECK(f.process(batch) == std::vector<Bytes>(1, make_packet(f.pair.ip_a, f.pair.ip_b, {}, 3)));
}

TEST_CASE("a source beside the allowed-ips: taken where it was said, and never what is another's more closely") {
  Fixture f;
  const auto from = [&](std::string_view source) { return make_packet(ip(source), f.pair.ip_b, {}); };
  const std::vector<Bytes> packets = {from("fd01::1"), from("fd01::7"), from("fd02::1"), f.pair.packet_to_b()};
  const auto taken = [&] { return f.process(f.sealed(packets)); };
  CHECK(taken() == std::vector<Bytes>{packets[3]});
  CHECK(f.inbound.drops().of(Drop::wrong_source) == 3);

  wireguard::PeerConfig more;
  more.public_key = f.pair.a.public_key;
  more.accepted_ips = {{prefix("fd01::/64")}};
  f.pair.b.add_peer(more, f.pair.world.now());
  Host other(33, "192.0.2.3:3333");
  f.pair.b.add_peer(other.as_peer("fd01::/64"), f.pair.world.now());
  CHECK(taken() == std::vector<Bytes>{packets[0], packets[1], packets[3]});
  // Nothing is sent to it for them.
  CHECK(f.pair.b.table->peer_for(ip("fd01::1"))->id != f.pair.b.table->peer_for(f.pair.ip_a)->id);
  CHECK(f.pair.b.peer_status(0).accepted_ips == std::vector{prefix("fd01::/64")});

  f.pair.b.add_peer(other.as_peer("fd01::7/128"), f.pair.world.now());
  CHECK(taken() == std::vector<Bytes>{packets[0], packets[3]});
  more.replace_accepted_ips = true;
  more.accepted_ips.clear();
  f.pair.b.add_peer(more, f.pair.world.now());
  CHECK(taken() == std::vector<Bytes>{packets[3]});
}

}  // namespace
}  // namespace smeg::datapath
