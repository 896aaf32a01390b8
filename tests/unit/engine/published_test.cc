#include "engine/published.h"

#include <doctest/doctest.h>

#include <thread>

using namespace smeg::engine;

TEST_CASE("the newest value is got, and an old one lives as long as somebody holds it") {
  auto old = std::make_shared<const int>(1);
  const std::weak_ptr<const int> watched = old;
  Published<int> published(std::move(old));
  auto held = published.get();
  CHECK(*held == 1);
  published.set(std::make_shared<const int>(2));
  CHECK(*published.get() == 2);
  CHECK_FALSE(watched.expired());
  held.reset();
  CHECK(watched.expired());
}

TEST_CASE("a reader sees every value whole and never an older one after a newer one") {
  struct Pair {
    int first;
    int second;
  };
  Published<Pair> published(std::make_shared<const Pair>(Pair{0, 0}));
  bool whole = true;
  std::thread reader([&] {
    for (int last = 0; last < 10'000;) {
      const auto pair = published.get();
      whole = whole && pair->first == pair->second && pair->first >= last;
      last = pair->first;
    }
  });
  for (int i = 1; i <= 10'000; ++i) published.set(std::make_shared<const Pair>(Pair{i, i}));
  reader.join();
  CHECK(whole);
}
