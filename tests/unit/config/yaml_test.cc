#include <doctest/doctest.h>

#include "config/config.h"

using namespace smeg;
using namespace smeg::config;

namespace {

Problem problem_of(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? Problem{} : parsed.error().at(0);
}

}  // namespace

TEST_CASE("what is no YAML is refused with its place") {
  const Problem tab = problem_of("baseConfiguration:\n\trole: peer\n");
  CHECK(tab.line == 2);
  CHECK(tab.message.starts_with("this is no YAML: "));
  CHECK(!tab.hint.empty());
  CHECK(problem_of("a: [1, 2\n").message.starts_with("this is no YAML"));
  CHECK(problem_of("a: 'x' y\n").message.starts_with("this is no YAML"));
}

TEST_CASE("what a configuration has no use for is refused") {
  CHECK(problem_of("a: &x 1\nb: *x\n").message.find("anchors") != std::string::npos);
  CHECK(problem_of("[a, b]: 1\n").message == "a key must be a single word");
  CHECK(problem_of("mtu: 1400\n---\nmtu: 1400\n").message == "the file holds more than one document");
  CHECK(problem_of(std::string(100, '[') + std::string(100, ']')).message.find("nested deeper than 16") !=
        std::string::npos);
  CHECK(problem_of(std::string(limits::kConfigurationBytes + 1, '#')).message.find("larger than") != std::string::npos);
}

TEST_CASE("a problem is shown as compilers show theirs") {
  CHECK(to_string(Problem{3, 5, "meshes[2].role", "is wrong", "mend it"}, "c.yaml") ==
        "c.yaml:3:5: meshes[2].role: is wrong; mend it");
  CHECK(to_string(Problem{0, 0, "", "is too large"}, "c.yaml") == "c.yaml: is too large");
}
