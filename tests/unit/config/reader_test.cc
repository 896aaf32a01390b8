#include "config/reader.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::config;

TEST_CASE("a section gives out values and complains about the rest") {
  const auto tree = parse_yaml("known: 1\nempty:\nother: 2\n");
  REQUIRE(tree);
  Problems problems;
  Section section(*tree, "top", problems);
  std::uint64_t value = 7;
  const auto number = [](const YamlNode& node) { return number_of(node, 0, 9); };
  CHECK(section.read("known", value, number) != nullptr);
  CHECK(value == 1);
  CHECK(section.read("empty", value, number) == nullptr);
  CHECK(section.read("absent", value, number) == nullptr);
  CHECK(value == 1);
  section.finish();
  const auto found = problems.take();
  REQUIRE(found.size() == 1);
  CHECK(found[0].field == "top.other");
  CHECK(found[0].line == 3);
}

TEST_CASE("a value that fails leaves what was there") {
  const auto tree = parse_yaml("number: many\n");
  REQUIRE(tree);
  Problems problems;
  Section section(*tree, "", problems);
  std::uint64_t value = 7;
  section.read("number", value, [](const YamlNode& node) { return number_of(node, 0, 9); });
  CHECK(value == 7);
  CHECK(!problems.empty());
}
