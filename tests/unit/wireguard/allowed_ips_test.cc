#include "wireguard/allowed_ips.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

TEST_CASE("a prefix goes to whoever claimed it last") {
  AllowedIps ips;
  ips.give(prefix("10.0.0.0/8"), PeerId{1});
  ips.give(prefix("10.1.0.0/16"), PeerId{2});
  CHECK(ips.trie()->find(ip("10.1.2.3"))->value == 2);
  ips.give(prefix("10.1.0.0/16"), PeerId{1});
  CHECK(ips.trie()->find(ip("10.1.2.3"))->value == 1);
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
  CHECK(first->find(ip("::1"))->value == 1);
}

TEST_CASE("against a naive router") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    AllowedIps ips;
    std::map<addr::Prefix, PeerId> naive;
    const auto random_address = [&] {
      ByteArray<4> bytes{10, 0, 0, 0};
      for (std::size_t i = 1; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(rng.below(4) << 6);
      return addr::IpAddress::v4(bytes);
    };
    for (int i = 0; i < 400; ++i) {
      const addr::Prefix at(random_address(), static_cast<unsigned>(rng.below(33)));
      const PeerId peer{static_cast<std::uint32_t>(1 + rng.below(5))};
      switch (rng.below(8)) {
        case 0:
          ips.take(at, peer);
          if (naive.contains(at) && naive[at] == peer) naive.erase(at);
          break;
        case 1:
          if (rng.below(10) == 0) {
            ips.take_all(peer);
            std::erase_if(naive, [&](const auto& entry) { return entry.second == peer; });
          }
          break;
        default: ips.give(at, peer); naive[at] = peer;
      }
      const addr::IpAddress address = random_address();
      const addr::Prefix* best = nullptr;
      for (const auto& [candidate, owner] : naive)
        if (candidate.contains(address) && (!best || candidate.length() > best->length())) best = &candidate;
      const PeerId* found = ips.trie()->find(address);
      REQUIRE((found != nullptr) == (best != nullptr));
      if (found) CHECK(*found == naive[*best]);
    }
    CHECK(ips.size() == naive.size());
  }
}

}  // namespace
}  // namespace smeg::wireguard
