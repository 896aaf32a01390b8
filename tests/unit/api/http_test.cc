#include "api/http.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::api;

TEST_CASE("targets are taken apart and decoded") {
  const auto target = parse_target("/api/v1/meshes/a%2Fb/?limit=2&after=x+y%26z&flag");
  REQUIRE(target);
  CHECK(target->path == std::vector<std::string>{"api", "v1", "meshes", "a/b"});
  CHECK(target->query == std::map<std::string, std::string>{{"limit", "2"}, {"after", "x y&z"}, {"flag", ""}});
  CHECK(parse_target("/")->path == std::vector<std::string>{""});
  CHECK(parse_target("/a?")->query.empty());
}

TEST_CASE("targets that are broken are refused") {
  for (const char* text :
       {"", "a", "*", "http://x/", "/%", "/%2", "/%zz", "/%00", "/a b", "/a\x7f", "/?a=%", "/?a=1&a=2", "/%-1", "/%+1"})
    CHECK_FALSE(parse_target(text));
  std::string many = "/?";
  for (int i = 0; i < 17; ++i) many += "p" + std::to_string(i) + "=1&";
  CHECK(parse_target(many).error().code == Code::too_large);
}

TEST_CASE("what is escaped is found again") {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  const auto back = parse_target("/" + escape(all) + "?x=" + escape(all));
  REQUIRE(back);
  CHECK(back->path == std::vector<std::string>{all});
  CHECK(back->query.at("x") == all);
  CHECK(escape("fd00::1") == "fd00::1");
}

TEST_CASE("Accept") {
  for (const char* good : {"", "*/*", "application/json", "APPLICATION/JSON", "text/html, application/*;q=0.1",
                           "text/html;q=1, */*;q=0.001", "application/json;charset=utf-8;q=0.5", " application/json "})
    CHECK_MESSAGE(accepts(good, "application/json"), good);
  for (const char* bad : {"text/html", "application/json;q=0", "*/*, application/json;q=0", "text/*", "application/jso",
                          "application/json;q=nan", "application/json;q=2"})
    CHECK_FALSE_MESSAGE(accepts(bad, "application/json"), bad);
}

TEST_CASE("media types") {
  CHECK(media_type("Application/JSON; charset=utf-8") == "application/json");
  CHECK(media_type("  text/plain") == "text/plain");
  CHECK(media_type("").empty());
}

TEST_CASE("lists of entity tags") {
  CHECK(matches_tag("*", "\"a\"", false));
  CHECK(matches_tag("\"x\", \"a\"", "\"a\"", false));
  CHECK(matches_tag("W/\"a\"", "\"a\"", true));
  CHECK_FALSE(matches_tag("W/\"a\"", "\"a\"", false));
  CHECK_FALSE(matches_tag("", "\"a\"", true));
  CHECK_FALSE(matches_tag("a", "\"a\"", true));
}

TEST_CASE("headers are found whatever their case") {
  const Request request{"GET", "/", {{"Host", "a"}, {"host", "b"}}, ""};
  REQUIRE(request.find("HOST"));
  CHECK(*request.find("HOST") == "a");
  CHECK(request.count("hOst") == 2);
  CHECK_FALSE(request.find("Origin"));
}

TEST_CASE("dates") {
  CHECK(http_date(*parse_rfc3339("2026-03-01T12:00:07Z")) == "Sun, 01 Mar 2026 12:00:07 GMT");
  CHECK(http_date(*parse_rfc3339("1994-11-06T08:49:37Z")) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(*parse_rfc3339("2024-02-29T23:59:59Z")) == "Thu, 29 Feb 2024 23:59:59 GMT");
}
