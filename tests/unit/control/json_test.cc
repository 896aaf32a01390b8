#include "control/json.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::control;

namespace {

std::string again(std::string_view text) {
  const auto json = Json::parse(text);
  return json ? json->dump() : "refused: " + json.error().message;
}

}  // namespace

TEST_CASE("JSON comes out as it went in") {
  for (const std::string_view text : {"null", "true", "-5", "18446744073709551615", "0.5", R"("a\"\\\n")", "[]", "{}",
                                      R"([1,[2,{"a":null}]])", R"({"b":1,"a":{"c":[]},"":""})"})
    CHECK(again(text) == text);
}

TEST_CASE("what is no JSON is refused") {
  for (const std::string_view text :
       {"", " ", "{", "[1,]", "nul", "1 2", "{\"a\":}", "'a'", "\"\xff\"", "1e999", "{1:2}"})
    CHECK(again(text).starts_with("refused: "));
  CHECK(again(R"({"a":1,"b":2,"a":3})") == "refused: has the field 'a' twice");
  CHECK(again(R"([{"a":1},{"a":1}])") == R"([{"a":1},{"a":1}])");
}

TEST_CASE("depth is limited") {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK(again(nested(limits::kJsonDepth)) == nested(limits::kJsonDepth));
  CHECK(again(nested(limits::kJsonDepth + 1)) == "refused: is nested deeper than 16 levels");
  CHECK(again(nested(100'000)) == "refused: is nested deeper than 16 levels");
}

TEST_CASE("indented, for people") {
  CHECK(Json::parse(R"({"a":[1,2],"b":{},"c":[]})")->dump(true) ==
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": []\n}");
}

TEST_CASE("bytes that are no UTF-8 do not break the output") { CHECK(Json("a\xff").dump() == "\"a\xef\xbf\xbd\""); }

TEST_CASE("every character comes back as it was") {
  for (char c = 0; c >= 0 && c < 0x7f; ++c) {
    const std::string text = std::string("a") + c + "b";
    const auto back = Json::parse(Json(text).dump());
    REQUIRE(back);
    CHECK(*back->as<std::string>() == text);
  }
  CHECK(Json("a\"\\\x7f\n").dump() == "\"a\\\"\\\\\x7f\\n\"");
  CHECK(Json("\xc3\xa4").dump() == "\"\xc3\xa4\"");
}

TEST_CASE("a reader keeps the first thing wrong") {
  const auto json = *Json::parse(R"({"text":"x","number":7,"flag":true,"list":["a","b"],"null":null,"seconds":90})");
  FieldReader good(json, "top");
  CHECK(good.text("text") == "x");
  CHECK(good.number("number", 0, 9, 1) == 7);
  CHECK(good.number("absent", 0, 9, 1) == 1);
  CHECK(good.flag("flag", false));
  CHECK(good.flag("null", true));
  CHECK(good.duration("seconds") == std::chrono::seconds(90));
  CHECK(good.list("list", 2, text_element([](std::string_view t) { return Result<std::string>(t); })).size() == 2);
  CHECK(good.finish(true).has_value());

  FieldReader bad(json, "top");
  CHECK(bad.number("number", 0, 6, 1) == 1);
  CHECK(bad.text("absent").empty());
  CHECK(bad.finish(false).error().message == "top.number: must be a whole number from 0 to 6");

  const auto complaint = [&](auto read) {
    FieldReader reader(json);
    read(reader);
    const auto result = reader.finish(false);
    return result ? "none" : result.error().message;
  };
  CHECK(complaint([](FieldReader& r) { r.text("absent"); }) == "absent: is missing");
  CHECK(complaint([](FieldReader& r) { r.text("null"); }) == "null: is missing");
  CHECK(complaint([](FieldReader& r) { r.text("number"); }) == "number: must be a text");
  CHECK(complaint([](FieldReader& r) { r.flag("number", true); }) == "number: must be true or false");
  CHECK(complaint([](FieldReader& r) { r.number("text", 0, 1, 0); }) == "text: must be a whole number from 0 to 1");
  CHECK(complaint([](FieldReader& r) { r.list("text", 1, text_element(parse_role)); }) ==
        "text: must be a list, [...]");
  CHECK(complaint([](FieldReader& r) { r.list("list", 1, text_element(parse_role)); }) ==
        "list: has more than 1 elements");
  CHECK(complaint([](FieldReader& r) { r.list("list", 2, text_element(parse_role)); }) == "list[0]: 'a' is not a role");
  CHECK(complaint([](FieldReader& r) { r.parsed("text", parse_role); }) == "text: 'x' is not a role");
  CHECK(complaint([](FieldReader& r) { r.duration("text"); }) == "text: 'x' is not a duration");
  CHECK(complaint([](FieldReader& r) { r.maybe("absent", parse_role); }) == "none");
  CHECK(FieldReader(Json(1), "x").finish(false).error().message == "x: must be an object, {...}");
}
