#include "wireguard/allowed_ips.h"

#include <doctest/doctest.h>

#include <map>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

TEST_CASE("a prefix goes to whoever claimed it last") {
  AllowedIps ips;
  ips.give(prefix("10.0.0.0/8"), PeerId{1});
  ips.give(prefix("10.1.0.0/16"), PeerId{2});
  CHECK(ips.trie()->find(ip("10.1.2.3"))->peer.value == 2);
  ips.give(prefix("10.1.0.0/16"), PeerId{1});
  CHECK(ips.trie()->find(ip("10.1.2.3"))->peer.value == 1);
  CHECK(ips.of(PeerId{2}).empty());
  CHECK(ips.of(PeerId{1}) == std::vector{prefix("10.0.0.0/8"), prefix("10.1.0.0/16")});
  CHECK(ips.size() == 2);
}

TEST_CASE("nobody takes what is another's") {
  AllowedIps ips;
  ips.give(prefix("fd00::/8"), PeerId{1});
  ips.take(prefix("fd00::/8"), PeerId{2});
  ips.take(prefix("fd00::/16"), PeerId{1});
  CHECK(ips.size() == 1);
  ips.take(prefix("fd00::/8"), PeerId{1});
  CHECK(ips.size() == 0);
  CHECK(ips.trie()->find(ip("fd00::1")) == nullptr);
}

TEST_CASE("the trie is made anew only after a change") {
  AllowedIps ips;
  ips.give(prefix("::/0"), PeerId{1});
  const auto first = ips.trie();
  CHECK(ips.trie() == first);
  ips.give(prefix("::/0"), PeerId{1});
  CHECK(ips.trie() == first);
  ips.take_all(PeerId{1});
  CHECK(ips.trie() != first);
  CHECK(first->find(ip("::1"))->peer.value == 1);
}

using Naive = std::map<addr::Prefix, PeerId>;

std::optional<PeerId> naive_find(const Naive& naive, const addr::IpAddress& address) {
  const Naive::value_type* best = nullptr;
  for (const auto& entry : naive)
    if (entry.first.contains(address) && (!best || entry.first.length() > best->first.length())) best = &entry;
  return best ? std::optional(best->second) : std::nullopt;
}

// Few different addresses, so that prefixes meet, in both families.
addr::IpAddress random_address(SeededRng& rng) {
  if (rng.below(2) == 0) {
    ByteArray<4> bytes{10, 0, 0, 0};
    for (std::size_t i = 1; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(rng.below(4) << 6);
    return addr::IpAddress::v4(bytes);
  }
  ByteArray<16> bytes{0xfd};
  for (const std::size_t i : {1u, 7u, 8u, 15u}) bytes[i] = static_cast<std::uint8_t>(rng.below(4));
  return addr::IpAddress::v6(bytes);
}

void random_change(SeededRng& rng, AllowedIps& ips, Naive& naive) {
  const addr::IpAddress address = random_address(rng);
  const addr::Prefix at(address, static_cast<unsigned>(rng.below(address.bits() + 1)));
  const PeerId peer{static_cast<std::uint32_t>(1 + rng.below(5))};
  switch (rng.below(8)) {
    case 0:
    case 1:
      ips.take(at, peer);
      if (naive.contains(at) && naive[at] == peer) naive.erase(at);
      return;
    case 2:
      if (rng.below(20) != 0) return;
      ips.take_all(peer);
      std::erase_if(naive, [&](const auto& entry) { return entry.second == peer; });
      return;
    default: ips.give(at, peer); naive[at] = peer;
  }
}

// Every snapshot is kept, and must go on to say what was true when it was taken.
TEST_CASE("against a naive router") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    AllowedIps ips;
    Naive naive;
    std::vector<std::pair<std::shared_ptr<const AllowedIpTrie>, Naive>> kept;
    const auto agrees = [&](const AllowedIpTrie& trie, const Naive& with) {
      const addr::IpAddress address = random_address(rng);
      const AllowedIp* found = trie.find(address);
      const auto expected = naive_find(with, address);
      REQUIRE((found != nullptr) == expected.has_value());
      if (found) CHECK(found->peer == *expected);
    };
    for (int i = 0; i < 400; ++i) {
      for (std::uint64_t changes = rng.below(4); changes > 0; --changes) random_change(rng, ips, naive);
      kept.emplace_back(ips.trie(), naive);
      agrees(*ips.trie(), naive);
      const auto& [trie, then] = kept[rng.below(kept.size())];
      for (int look = 0; look < 4; ++look) agrees(*trie, then);
    }
    CHECK(ips.size() == naive.size());
  }
}

}  // namespace
}  // namespace smeg::wireguard
