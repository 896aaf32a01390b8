#include "control/member_list.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "control/control.h"

namespace smeg::control {
namespace {

MemberView member(std::uint64_t number) {
  MemberView out;
  out.rx_bytes = number;
  return out;
}

MemberList::Row row(std::uint64_t number) { return std::make_shared<const MemberView>(member(number)); }

std::vector<std::uint64_t> numbers(const MemberList& list) {
  std::vector<std::uint64_t> out;
  for (const MemberView& one : list) out.push_back(one.rx_bytes);
  return out;
}

TEST_CASE("whatever is done to it, it holds what a plain vector holds, and its copies stay as they were") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    std::vector<std::uint64_t> model;
    MemberList list;
    std::vector<std::pair<MemberList, std::vector<std::uint64_t>>> copies;
    for (std::uint64_t i = 0; i < 1'500; ++i) {
      const std::size_t at = model.empty() ? 0 : chance() % model.size();
      const auto place = model.begin() + static_cast<std::ptrdiff_t>(at);
      const auto draw = chance() % 8;
      if (model.empty() || draw < 4) {
        list.insert(at, row(i));
        model.insert(place, i);
      } else if (draw == 4) {
        list.push_back(member(i));
        model.push_back(i);
      } else if (draw == 5) {
        list.erase(at);
        model.erase(place);
      } else {
        list.change(at, [&](MemberView& one) { one.rx_bytes = i; });
        *place = i;
      }
      if (chance() % 100 == 0) copies.emplace_back(list, model);
    }
    REQUIRE(numbers(list) == model);
    for (const auto& [copy, then] : copies) REQUIRE(numbers(copy) == then);
    while (!model.empty()) {
      list.erase(model.size() - 1);
      model.pop_back();
    }
    CHECK(list.empty());
    CHECK(list == MemberList());
  }
}

TEST_CASE("it is read like any list") {
  std::vector<MemberList::Row> rows;
  for (std::uint64_t i = 0; i < 300; ++i) rows.push_back(row(2 * i));
  const MemberList list(rows);
  CHECK(list.size() == 300);
  CHECK(list.front().rx_bytes == 0);
  CHECK(list.back().rx_bytes == 598);
  CHECK(list[150].rx_bytes == 300);
  CHECK(list.end() - list.begin() == 300);
  CHECK(std::ranges::find(list, 128U, &MemberView::rx_bytes) - list.begin() == 64);
  CHECK(std::ranges::lower_bound(list, 129U, {}, &MemberView::rx_bytes) - list.begin() == 65);
  CHECK(std::ranges::count_if(list, [](const MemberView& one) { return one.rx_bytes < 100; }) == 50);
  const auto last = std::ranges::max_element(list, {}, &MemberView::rx_bytes);
  CHECK(last->rx_bytes == 598);
}

TEST_CASE("lists are equal by what they show, however they came about") {
  MemberList one{member(1), member(2), member(3)};
  MemberList other{member(1), member(3)};
  CHECK_FALSE(one == other);
  other.insert(1, row(2));
  CHECK(one == other);
  other.change(2, [](MemberView& changed) { changed.self = true; });
  CHECK_FALSE(one == other);
}

TEST_CASE("a copy shares what was not changed") {
  std::vector<MemberList::Row> rows;
  for (std::uint64_t i = 0; i < 200; ++i) rows.push_back(row(i));
  const MemberList before(rows);
  MemberList after = before;
  after.set(100, row(1'000));
  for (std::size_t i = 0; i < 200; ++i) CHECK((&before[i] == &after[i]) == (i != 100));
}

TEST_CASE("what stands in one list and not in the other is visited, each once") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    const auto keyed = [](std::uint64_t key, std::uint64_t number) {
      MemberView out = member(number);
      store_be(out.public_key.bytes.data(), key);
      return std::make_shared<const MemberView>(out);
    };
    std::vector<MemberList::Row> rows;
    for (std::uint64_t i = 0; i < 300; ++i) rows.push_back(keyed(10 * i, i));
    const MemberList before(rows);
    MemberList after = before;
    for (std::uint64_t i = 0; i < chance() % 30; ++i) {
      const std::size_t at = chance() % after.size();
      const std::uint64_t key = load_be<std::uint64_t>(after[at].public_key.bytes.data());
      if (chance() % 3 == 0) {
        after.erase(at);
      } else if (chance() % 2 == 0) {
        after.set(at, keyed(key, 1'000 + i));
      } else if (key % 10 == 0) {
        after.insert(at + 1, keyed(key + 1 + chance() % 9, 2'000 + i));
      }
    }
    const auto missing_in = [](const MemberList& a, const MemberList& b) {
      std::vector<const MemberView*> out;
      for (const MemberView& one : a)
        if (std::ranges::none_of(b, [&](const MemberView& other) { return &one == &other; })) out.push_back(&one);
      return out;
    };
    const auto visited = [](const MemberList& a, const MemberList& b) {
      std::vector<const MemberView*> out;
      a.visit_changed(b, [&](const MemberList::Row& row) { out.push_back(row.get()); });
      return out;
    };
    CHECK(visited(after, before) == missing_in(after, before));
    CHECK(visited(before, after) == missing_in(before, after));
    CHECK(visited(after, MemberList()).size() == after.size());
  }
}

}  // namespace
}  // namespace smeg::control
