#include "engine/egress.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::engine;

TEST_CASE("packets of any size fit, with room around each that no other touches") {
  SeededRng rng(11);
  PacketArena arena;
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    arena.clear();
    const std::size_t limit = round % 2 == 0 ? 1'500 : limits::kPacketBytes;
    while (arena.has_room()) {
      const MutableByteView room = arena.next();
      REQUIRE(room.size() == limits::kPacketBytes);
      const std::size_t size = 1 + rng.below(limit);
      std::memset(room.data(), static_cast<int>(arena.packets().size()), size);
      arena.keep(size);
    }
    const auto packets = arena.packets();
    REQUIRE(packets.size() > 0);
    REQUIRE(packets.size() <= limits::kBatchPackets);
    if (limit == 1'500) CHECK(packets.size() > 100);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const auto marked = [&](std::uint8_t byte) { return byte == static_cast<std::uint8_t>(i); };
      REQUIRE(std::all_of(packets[i].begin(), packets[i].end(), marked));
      if (i == 0) continue;
      const auto* free_from = packets[i - 1].data() + packets[i - 1].size();
      REQUIRE(packets[i].data() - free_from >=
              static_cast<std::ptrdiff_t>(datapath::kHeadroomBytes + datapath::kTailroomBytes));
    }
    // The sanitizer sees whether the room of the last one lies within the memory.
    std::memset(packets.back().data() - datapath::kHeadroomBytes, 0, datapath::kHeadroomBytes);
    std::memset(packets.back().data() + packets.back().size(), 0, datapath::kTailroomBytes);
  }
}
