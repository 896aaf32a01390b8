#include "datapath/outbound.h"

#include <doctest/doctest.h>

#include "unit/datapath/world.h"

namespace smeg::datapath {
namespace {

using namespace testing;

// A host with sessions to two others, and its own outbound worker to play with.
struct Fixture {
  Pair pair;
  Host c{33, "192.0.2.3:3333"};
  Outbound outbound{wireguard::kDefaultMtu};

  Fixture() {
    pair.world.add(c);
    pair.a.add_peer(c.as_peer("fd00::c/128"), pair.world.now());
    c.add_peer(pair.a.as_peer("fd00::a/128"), pair.world.now());
    pair.settle();
    pair.world.send(pair.a, to_c());
    pair.world.run(1s);
    c.received.clear();
  }
  Bytes to_b(std::size_t payload = 100, std::uint8_t traffic_class = 0) const {
    return make_packet(pair.ip_a, pair.ip_b, Bytes(payload), traffic_class);
  }
  Bytes to_c(std::size_t payload = 100) const { return make_packet(pair.ip_a, ip("fd00::c"), Bytes(payload)); }

  // The sizes of the datagrams, group by group.
  std::vector<std::vector<std::size_t>> process(const std::vector<Bytes>& packets) {
    batch = {};
    for (const Bytes& packet : packets) batch.add(packet);
    outbound.process(*pair.a.table, batch.views(), pair.world.now());
    std::vector<std::vector<std::size_t>> out;
    for (const DatagramGroup& group : outbound.groups()) {
      auto& sizes = out.emplace_back();
      for (const MutableByteView datagram : group.datagrams) sizes.push_back(datagram.size());
    }
    return out;
  }
  Batch batch;
};

using Sizes = std::vector<std::vector<std::size_t>>;

TEST_CASE("equal datagrams to one peer make one group, a shorter one closes it") {
  Fixture f;
  // 140 bytes are padded to 144, 50 to 64.
  CHECK(f.process({f.to_b(100), f.to_b(100), f.to_b(100), f.to_b(10)}) == Sizes{{176, 176, 176, 96}});
  CHECK(f.process({f.to_b(10), f.to_b(100)}) == Sizes{{96}, {176}});
  CHECK(f.process({f.to_b(100), f.to_b(10), f.to_b(10)}) == Sizes{{176, 96}, {96}});
}

TEST_CASE("peers are grouped apart, in order within each") {
  Fixture f;
  CHECK(f.process({f.to_b(), f.to_c(), f.to_b(), f.to_c(), f.to_b()}) == Sizes{{176, 176, 176}, {176, 176}});
  CHECK(f.outbound.groups()[0].to->remote == f.pair.b.where);
  CHECK(f.outbound.groups()[1].to->remote == f.c.where);
  std::uint64_t last = 0;
  for (const MutableByteView datagram : f.outbound.groups()[0].datagrams) {
    const auto header = wireguard::decode_data_header(datagram);
    CHECK(header->counter > last);
    last = header->counter;
  }
}

TEST_CASE("traffic classes are grouped apart") {
  Fixture f;
  CHECK(f.process({f.to_b(100, 0), f.to_b(100, 2), f.to_b(100, 0xb8)}) == Sizes{{176, 176}, {176}});
  CHECK(f.outbound.groups()[0].traffic_class == 0);
  CHECK(f.outbound.groups()[1].traffic_class == 2);
}

TEST_CASE("a group keeps to 64 datagrams and to what one datagram of the kernel holds") {
  Fixture f;
  const auto small = f.process(std::vector<Bytes>(limits::kBatchPackets, f.to_b()));
  REQUIRE(small.size() == 2);
  CHECK(small[0].size() == 64);
  CHECK(small[1].size() == 64);
  for (const auto& group : f.process(std::vector<Bytes>(50, f.to_b(8'000)))) {
    std::size_t bytes = 0;
    for (const std::size_t size : group) bytes += size;
    CHECK(bytes <= kGroupBytes);
    CHECK(group.size() >= 2);
  }
}

TEST_CASE("padding doesn't go over the MTU") {
  Fixture f;
  f.outbound.set_mtu(1'420);
  CHECK(f.process({f.to_b(1'380)}) == Sizes{{1'420 + 32}});
  CHECK(f.process({f.to_b(1'379)}) == Sizes{{1'420 + 32}});
  f.outbound.set_mtu(9'000);
  CHECK(f.process({f.to_b(1'380)}) == Sizes{{1'424 + 32}});
}

TEST_CASE("a packet with no peer is answered, one with no session waits, noise is dropped") {
  Fixture f;
  wireguard::PeerConfig silent;
  silent.public_key.bytes[0] = 9;
  silent.endpoint = endpoint("192.0.2.9:9");
  silent.allowed_ips = {{prefix("fd00::d/128")}};
  f.pair.a.add_peer(silent, f.pair.world.now());
  const Bytes waiting = make_packet(f.pair.ip_a, ip("fd00::d"), Bytes(5));
  CHECK(f.process({make_packet(f.pair.ip_a, ip("fd00::e"), Bytes(5)), waiting, Bytes(30), Bytes{0x60}}).empty());
  REQUIRE(f.outbound.replies().size() == 1);
  CHECK(f.outbound.replies()[0][40] == 1);
  CHECK(f.outbound.drops().of(Drop::no_peer) == 1);
  CHECK(f.outbound.drops().of(Drop::malformed) == 2);
  const Events events = f.outbound.take_events();
  REQUIRE(events.size() == 1);
  CHECK(std::get<wireguard::PacketWaits>(events[0]).packet == waiting);
  CHECK(f.process({f.to_b()}).size() == 1);
  CHECK(f.outbound.replies().empty());
}

TEST_CASE("answers are rationed") {
  Fixture f;
  const Bytes lost = make_packet(f.pair.ip_a, ip("fd00::e"), Bytes(5));
  f.process(std::vector<Bytes>(limits::kBatchPackets, lost));
  CHECK(f.outbound.replies().size() == UnreachableLimiter::kBurst);
  CHECK(f.outbound.drops().of(Drop::no_peer) == limits::kBatchPackets);
}

TEST_CASE("each event is there once for a batch") {
  Fixture f;
  f.pair.world.run(60s);  // nobody watches any more
  f.process(std::vector<Bytes>(20, f.to_b()));
  CHECK(f.outbound.take_events().size() == 1);
  f.pair.world.run(60s);
  f.process(std::vector<Bytes>(20, f.to_b()));
  const Events events = f.outbound.take_events();
  CHECK(std::ranges::count_if(
            events, [](const auto& event) { return std::holds_alternative<wireguard::RekeyWanted>(event); }) == 1);
}

}  // namespace
}  // namespace smeg::datapath
