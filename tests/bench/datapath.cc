// The path of packets without its system calls: what one core seals and opens. Build with -DSMEG_BENCH=ON; run
// bench_datapath [--benchmark_filter=...]. bytes_per_second counts inner packets.
#include <benchmark/benchmark.h>

#include "unit/datapath/world.h"

namespace {

using namespace smeg;
using namespace smeg::testing;

constexpr std::size_t kHeaderBytes = 40;

void count(benchmark::State& state, std::size_t packets, std::size_t bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(packets));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(packets * bytes));
}

void seal(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  Bytes buffer(size + crypto::kAeadTagBytes);
  const crypto::AeadKey key;
  std::uint64_t counter = 0;
  for (auto _ : state) {
    crypto::AeadItem item{&key, counter++, buffer.data(), size, false};
    crypto::aead_seal_batch({&item, 1});
  }
  count(state, 1, size);
}
BENCHMARK(seal)->Arg(80)->Arg(448)->Arg(1'424)->Arg(9'000);

void look_up(benchmark::State& state) {
  addr::PrefixTrie<int> trie;
  SeededRng rng(1);
  std::vector<addr::IpAddress> addresses;
  for (int i = 0; i < state.range(0); ++i) {
    ByteArray<16> bytes{0xfd};
    store_be(bytes.data() + 8, rng.next());
    addresses.push_back(addr::IpAddress::v6(bytes));
    trie.set(addr::Prefix::host(addresses.back()), i);
  }
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(trie.find(addresses[next++ % addresses.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(look_up)->Arg(3)->Arg(100)->Arg(16'384);

// A batch of equal packets from TUN to datagrams.
void outbound(benchmark::State& state) {
  Pair pair;
  pair.settle();
  const auto size = static_cast<std::size_t>(state.range(0));
  Batch batch;
  for (std::size_t i = 0; i < limits::kBatchPackets; ++i)
    batch.add(make_packet(pair.ip_a, pair.ip_b, Bytes(size - kHeaderBytes)));
  const Bytes packet = make_packet(pair.ip_a, pair.ip_b, Bytes(size - kHeaderBytes));
  for (auto _ : state) {
    for (const MutableByteView view : batch.views()) std::ranges::copy(packet, view.begin());  // the TUN's part
    pair.a.outbound.process(*pair.a.table, batch.views(), pair.world.now());
    benchmark::DoNotOptimize(pair.a.outbound.groups().data());
  }
  count(state, limits::kBatchPackets, size);
}
BENCHMARK(outbound)->Arg(80)->Arg(1'420);

// A batch of datagrams to packets. What is opened once is a repeat the next time, so that each batch is sealed anew
// while the clock stands.
void inbound(benchmark::State& state) {
  Pair pair;
  pair.settle();
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<Bytes> packets(limits::kBatchPackets,
                                   make_packet(pair.ip_a, pair.ip_b, Bytes(size - kHeaderBytes)));
  for (auto _ : state) {
    state.PauseTiming();
    pair.a.send_packets(packets, pair.world.now());
    auto sent = std::exchange(pair.a.sent, {});
    std::vector<datapath::InboundDatagram> datagrams;
    for (Datagram& datagram : sent) datagrams.push_back({datagram.bytes, {datagram.from, {}, 0}, 0});
    state.ResumeTiming();
    pair.b.inbound.process(*pair.b.table, datagrams, pair.world.now());
    if (pair.b.inbound.packets().size() != limits::kBatchPackets) state.SkipWithError("packets were lost");
  }
  count(state, limits::kBatchPackets, size);
}
BENCHMARK(inbound)->Arg(80)->Arg(1'420);

// One whole handshake, both sides, with the first packet.
void handshake(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto pair = std::make_unique<Pair>();
    state.ResumeTiming();
    pair->world.send(pair->a, pair->packet_to_b());
    pair->world.run(std::chrono::milliseconds(100));
    if (pair->b.received.size() != 1) state.SkipWithError("no session");
    state.PauseTiming();
    pair.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(handshake);

}  // namespace

BENCHMARK_MAIN();
