#include "wireguard/accepted_ips.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "unit/wireguard/support.h"
#include "wireguard/allowed_ips.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

TEST_CASE("prefixes come and go; the trie is made anew only after a change") {
  AcceptedIps ips;
  CHECK(ips.trie() == nullptr);
  ips.add(prefix("fd01::/64"));
  const auto first = ips.trie();
  ips.add(prefix("fd01::/64"));
  ips.remove(prefix("fd02::/64"));
  CHECK(ips.trie() == first);
  ips.add(prefix("10.0.0.0/8"));
  ips.add(prefix("::/0"));
  CHECK(ips.list() == std::vector{prefix("::/0"), prefix("fd01::/64"), prefix("10.0.0.0/8")});
  CHECK(ips.trie()->find(ip("fd01::1"))->length == 64);
  ips.remove(prefix("fd01::/64"));
  CHECK(ips.trie()->find(ip("fd01::1"))->length == 0);
  CHECK(first->find(ip("fd01::1"))->length == 64);
  ips.clear();
  CHECK(ips.size() == 0);
  CHECK(ips.trie() == nullptr);
}

// What is said of each peer, as sets, and who may be the source of what, by looking at all of it.
struct Naive {
  std::map<addr::Prefix, PeerId> allowed;
  std::map<PeerId, std::set<addr::Prefix>> accepted;

  bool takes_from(PeerId peer, const addr::IpAddress& source) const {
    int best = -1;
    PeerId owner{};
    for (const auto& [at, who] : allowed) {
      if (!at.contains(source) || static_cast<int>(at.length()) <= best) continue;
      best = static_cast<int>(at.length());
      owner = who;
    }
    if (best >= 0 && owner == peer) return true;
    const auto mine = accepted.find(peer);
    return mine != accepted.end() && std::ranges::any_of(mine->second, [&](const addr::Prefix& at) {
             return at.contains(source) && static_cast<int>(at.length()) >= best;
           });
  }
};

TEST_CASE("who may be the source of what, against a naive router") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    AllowedIps allowed;
    std::map<PeerId, AcceptedIps> accepted;
    Naive naive;
    const auto address = [&] {
      ByteArray<16> bytes{0xfd};
      for (const std::size_t i : {1u, 7u, 15u}) bytes[i] = static_cast<std::uint8_t>(rng.below(3));
      return addr::IpAddress::v6(bytes);
    };
    for (int step = 0; step < 300; ++step) {
      const PeerId peer{static_cast<std::uint32_t>(1 + rng.below(4))};
      const addr::Prefix at(address(), static_cast<unsigned>(rng.below(129)));
      switch (rng.below(4)) {
        case 0:
          allowed.give(at, peer);
          naive.allowed[at] = peer;
          break;
        case 1:
          accepted[peer].add(at);
          naive.accepted[peer].insert(at);
          break;
        case 2:
          accepted[peer].remove(at);
          naive.accepted[peer].erase(at);
          break;
        case 3: break;
      }
      ForwardingTable table;
      table.allowed_ips = allowed.trie();
      ForwardingPeer asked{peer, nullptr, nullptr, nullptr, nullptr, accepted[peer].trie()};
      for (int look = 0; look < 5; ++look) {
        const addr::IpAddress source = address();
        CHECK(table.takes_from(asked, source) == naive.takes_from(peer, source));
      }
    }
  }
}

}  // namespace
}  // namespace smeg::wireguard
