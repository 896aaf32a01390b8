// The version of one entry.
#pragma once

#include <compare>

#include "base/base.h"

namespace smeg::crdt {

// Incarnation first: it counts how often the owner was admitted anew; the counter, how often it spoke since.
struct Version {
  std::uint64_t incarnation = 0;
  std::uint64_t counter = 0;

  friend constexpr auto operator<=>(const Version&, const Version&) = default;
};

// A collision-resistant hash of an entry's whole content.
using ContentHash = ByteArray<32>;

// What decides between two contents of one entry: the higher version, of equal versions the lower hash.
struct Stamp {
  Version version;
  ContentHash hash{};

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

constexpr bool supersedes(const Stamp& a, const Stamp& b) {
  if (a.version != b.version) return a.version > b.version;
  return a.hash < b.hash;
}

}  // namespace smeg::crdt
