#include "wireguard/staged_packets.h"

#include <doctest/doctest.h>

namespace smeg::wireguard {
namespace {

TEST_CASE("the oldest goes first where a peer has too many") {
  StagingBudget budget;
  StagedPackets staged(budget);
  for (std::uint8_t i = 0; i < 130; ++i) staged.push({i});
  CHECK(staged.size() == limits::kStagedPacketsPerPeer);
  CHECK(budget.dropped == 2);
  const auto packets = staged.take_all();
  CHECK(packets.front() == Bytes{2});
  CHECK(packets.back() == Bytes{129});
  CHECK(staged.empty());
  CHECK(budget.bytes == 0);
}

TEST_CASE("all peers together keep to the bytes of the device") {
  StagingBudget budget;
  StagedPackets a(budget);
  const Bytes large(65'535);
  for (int i = 0; i < 100; ++i) a.push(large);
  CHECK(budget.bytes <= limits::kStagedBytes);
  StagedPackets b(budget);
  b.push(large);
  CHECK(b.empty());  // none of its own to give
  b.push({1, 2, 3});
  CHECK(b.size() == 1);
  a.drop_all();
  CHECK(budget.bytes == 3);
}

TEST_CASE("what a removed peer held is given back") {
  StagingBudget budget;
  {
    StagedPackets staged(budget);
    staged.push(Bytes(1'000));
    CHECK(budget.bytes == 1'000);
  }
  CHECK(budget.bytes == 0);
  CHECK(budget.dropped == 1);
}

}  // namespace
}  // namespace smeg::wireguard
