#include "io/io.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace smeg;
using namespace smeg::io;

TEST_CASE("secrets fill all that was asked for and never repeat") {
  OsKeySource source;
  CHECK(source.bytes<32>() != source.bytes<32>());
  Bytes large(100'000, 0);
  source.fill(large);
  // Of 100,000 random bytes some 390 are zero; a gap of 64 zeros has a chance of 2^-495.
  const Bytes gap(64, 0);
  CHECK(std::search(large.begin(), large.end(), gap.begin(), gap.end()) == large.end());
  source.fill({});
}

TEST_CASE("no two generators draw alike") {
  OsRng first;
  OsRng second;
  CHECK(first.next() != second.next());
}
