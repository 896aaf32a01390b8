#include "query.h"

#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

std::string said(const std::string& filter, const QueryLook& look = {}) {
  const auto results = query(filter, R"({"a":[1,"x\ny",null],"b":{"c":true}})", look);
  if (!results) return std::string(name(results.error().code)) + ": " + results.error().message;
  std::string out;
  for (const std::string& each : *results) out += each + '\n';
  return out;
}

}  // namespace

TEST_CASE("a filter gives results, one by one") {
  CHECK(said(".a[]") == "1\n\"x\\ny\"\nnull\n");
  CHECK(said(".a[1]", {.raw = true}) == "x\ny\n");
  CHECK(said(".b", {.indented = true}) == "{\n  \"c\": true\n}\n");
  CHECK(has(said(".b", {.colour = true}), "\033["));
  CHECK(said("empty").empty());
  CHECK(said(".none") == "null\n");
}

TEST_CASE("filters that are none, that fail, and that have no end") {
  CHECK(has(said(".a["), "malformed: the filter is none: syntax error"));
  CHECK(has(said("nope"), "malformed: the filter is none: nope/0 is not defined"));
  CHECK(has(said(std::string(".a\0b", 4)), "malformed: "));
  CHECK(has(said(".a.b"), "invalid: the filter fails: Cannot index array with string \"b\""));
  CHECK(has(said("error({x: 1})"), "invalid: the filter fails: {\"x\":1}"));
  CHECK(has(said("range(1e9)"), "too_large: the filter has no end of results"));
  CHECK(has(said("repeat(\"x\" * 1000000)"), "too_large: "));
}

TEST_CASE("questions by command line") {
  Host host;
  CHECK(host.run({"query", ".members[].alias", "-r"}) == kDone);
  CHECK(host.out.str() == "alice\nbob\nnull\n");
  CHECK(host.run({"query", ".members[] | select(.self) | {alias, state}", "-o", "json-line"}) == kDone);
  CHECK(host.out.str() == "{\"alias\":\"alice\",\"state\":\"alive\"}\n");
  CHECK(host.run({"query", ".members[0] | {alias}", "-o", "yaml"}) == kDone);
  CHECK(host.out.str() == "---\nalias: alice\n");
  CHECK(host.run({"query", ".daemon.version", "--all"}) == kDone);
  CHECK(host.out.str() == "\"0.1.0\"\n");
  CHECK(host.run({"query", ".["}) == kRefused);
  CHECK(host.run({"query"}) == kWrongUsage);
  CHECK(host.run({"query-mesh", "-m", "office", "-q", ".name"}) == kDone);
  CHECK(host.out.str() == "\"office\"\n");
}
