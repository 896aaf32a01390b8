#include "addr/trie.h"

#include <doctest/doctest.h>

#include <map>

namespace smeg::addr {
namespace {

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

TEST_CASE("the longest prefix that holds the address wins") {
  PrefixTrie<int> trie;
  CHECK(trie.set(prefix("::/0"), 0));
  CHECK(trie.set(prefix("fd00::/8"), 8));
  CHECK(trie.set(prefix("fd00:1::/32"), 32));
  CHECK(trie.set(prefix("fd00:1::1/128"), 128));
  CHECK(*trie.find(ip("2001:db8::1")) == 0);
  CHECK(*trie.find(ip("fd00:2::1")) == 8);
  CHECK(*trie.find(ip("fd00:1::2")) == 32);
  CHECK(*trie.find(ip("fd00:1::1")) == 128);
  CHECK(trie.find(ip("10.0.0.1")) == nullptr);
  CHECK(trie.size() == 4);
}

TEST_CASE("IPv4 and IPv6 are apart") {
  PrefixTrie<int> trie;
  trie.set(prefix("0.0.0.0/0"), 4);
  CHECK(trie.find(ip("::1")) == nullptr);
  CHECK(*trie.find(ip("255.255.255.255")) == 4);
  CHECK(trie.find_exact(prefix("::/0")) == nullptr);
}

TEST_CASE("setting anew replaces, erasing uncovers") {
  PrefixTrie<int> trie;
  trie.set(prefix("10.0.0.0/8"), 1);
  trie.set(prefix("10.1.0.0/16"), 2);
  CHECK(!trie.set(prefix("10.1.0.0/16"), 3));
  CHECK(*trie.find(ip("10.1.2.3")) == 3);
  CHECK(!trie.erase(prefix("10.1.0.0/17")));
  CHECK(trie.erase(prefix("10.1.0.0/16")));
  CHECK(!trie.erase(prefix("10.1.0.0/16")));
  CHECK(*trie.find(ip("10.1.2.3")) == 1);
  trie.clear();
  CHECK(trie.empty());
  CHECK(trie.find(ip("10.1.2.3")) == nullptr);
}

TEST_CASE("visits go by address, the shorter prefix first") {
  PrefixTrie<int> trie;
  for (const char* text : {"fd00:1::/32", "fd00::/8", "::/0", "10.0.0.0/8", "fd00::/16", "9.0.0.0/8"})
    trie.set(prefix(text), 0);
  std::string seen;
  trie.for_each([&](const Prefix& at, int) { seen += at.to_string() + ' '; });
  CHECK(seen == "9.0.0.0/8 10.0.0.0/8 ::/0 fd00::/8 fd00::/16 fd00:1::/32 ");
}

const int* linear_scan(const std::map<Prefix, int>& prefixes, const IpAddress& address) {
  const std::pair<const Prefix, int>* best = nullptr;
  for (const auto& entry : prefixes)
    if (entry.first.contains(address) && (!best || entry.first.length() > best->first.length())) best = &entry;
  return best ? &best->second : nullptr;
}

// Few bits vary, so that prefixes nest and part in all ways.
IpAddress draw_address(SeededRng& rng) {
  if (rng.below(2) == 0) {
    ByteArray<4> bytes{10};
    for (std::size_t i = 1; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(rng.below(4) * 85);
    return IpAddress::v4(bytes);
  }
  ByteArray<16> bytes{0xfd};
  for (std::size_t i = 1; i < 16; i += 5) bytes[i] = static_cast<std::uint8_t>(rng.below(4) * 85);
  return IpAddress::v6(bytes);
}

TEST_CASE("against a linear scan") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    PrefixTrie<int> trie;
    std::map<Prefix, int> naive;
    for (int i = 0; i < 1'000; ++i) {
      const IpAddress address = draw_address(rng);
      const Prefix at(address, static_cast<unsigned>(rng.below(address.bits() + 1)));
      if (rng.below(3) == 0) {
        REQUIRE(trie.erase(at) == (naive.erase(at) == 1));
      } else {
        REQUIRE(trie.set(at, i) == !naive.contains(at));
        naive[at] = i;
      }
      REQUIRE(trie.size() == naive.size());
      const IpAddress wanted = draw_address(rng);
      const int* found = trie.find(wanted);
      const int* expected = linear_scan(naive, wanted);
      REQUIRE((found != nullptr) == (expected != nullptr));
      if (found) REQUIRE(*found == *expected);
      const int* exact = trie.find_exact(at);
      REQUIRE((exact != nullptr) == naive.contains(at));
    }
    std::size_t visited = 0;
    trie.for_each([&](const Prefix& at, int value) {
      ++visited;
      CHECK(naive.at(at) == value);
    });
    CHECK(visited == naive.size());
  }
}

// Every snapshot must go on to say what was true when it was taken.
TEST_CASE("snapshots never change") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    PrefixTrie<int> trie;
    std::map<Prefix, int> naive;
    std::vector<std::pair<PrefixSnapshot<int>, std::map<Prefix, int>>> kept;
    for (int i = 0; i < 300; ++i) {
      for (std::uint64_t changes = rng.below(4); changes > 0; --changes) {
        const IpAddress address = draw_address(rng);
        const Prefix at(address, static_cast<unsigned>(rng.below(address.bits() + 1)));
        if (rng.below(3) == 0) {
          trie.erase(at);
          naive.erase(at);
        } else {
          trie.set(at, i);
          naive[at] = i;
        }
      }
      if (rng.below(50) == 0) {
        trie.clear();
        naive.clear();
      }
      kept.emplace_back(trie.snapshot(), naive);
      const auto& [snapshot, then] = kept[rng.below(kept.size())];
      for (int look = 0; look < 4; ++look) {
        const IpAddress wanted = draw_address(rng);
        const int* found = snapshot.find(wanted);
        const int* expected = linear_scan(then, wanted);
        REQUIRE((found != nullptr) == (expected != nullptr));
        if (found) REQUIRE(*found == *expected);
      }
    }
    for (const auto& [snapshot, then] : kept) {
      std::map<Prefix, int> held;
      snapshot.for_each([&](const Prefix& at, int value) { held.emplace(at, value); });
      REQUIRE(held == then);
    }
  }
}

}  // namespace
}  // namespace smeg::addr
