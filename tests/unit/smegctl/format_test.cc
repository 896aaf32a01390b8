#include "format.h"

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include "control/control.h"
#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::ctl;
using control::Json;
using control::JsonArray;
using control::JsonObject;

namespace {

// The other way, by yaml-cpp's reader. What it says of quotes ("!") tells a text from the rest.
Json from_yaml(const YAML::Node& node) {
  if (node.IsSequence()) {
    JsonArray array;
    for (const auto& each : node) array.push_back(from_yaml(each));
    return array;
  }
  if (node.IsMap()) {
    JsonObject object;
    for (const auto& each : node) object.push_back({each.first.Scalar(), from_yaml(each.second)});
    return object;
  }
  if (node.IsNull()) return {};
  if (node.Tag() == "!") return node.Scalar();
  const auto json = Json::parse(node.Scalar());
  return json ? *json : Json(node.Scalar());
}

}  // namespace

TEST_CASE("YAML says what the JSON says") {
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes[0].members.change(1,
                                    [](control::MemberView& member) { member.description = "two\nlines: \"x\" #y"; });
  const auto json = Json::parse(control::status_json(snapshot));
  REQUIRE(json);
  CHECK(from_yaml(YAML::Load(to_yaml(*json))).dump() == json->dump());
}

TEST_CASE("no text in YAML reads as something else") {
  for (const char* text :
       {"",    "true", "No",          "null",      "~",  "12", "0x1f",     "1e3", ".inf", "2026-03-01T12:00:00Z",
        "- a", "a: b", "a #b",        "fd00:1::1", "::", "@x", "*x",       "&x",  "!x",   "%x",
        "'",   "\"",   "\\",          "a\tb",      " a", "a ", "\xc3\xa4", "y",   "OFF",  "1:30",
        "=",   "<<",   "plain-word_1"}) {
    const std::string yaml = to_yaml(JsonArray{text});
    CAPTURE(yaml);
    const YAML::Node node = YAML::Load(yaml)[0];
    CHECK(node.Scalar() == text);
    CHECK((node.Tag() == "!") == (std::string_view(text) != "plain-word_1"));
  }
  CHECK(to_yaml(JsonObject{{"a", JsonArray{}}, {"b", JsonObject{}}, {"c", Json()}, {"d", true}, {"e", -5}}) ==
        "a: []\nb: {}\nc: ~\nd: true\ne: -5\n");
}

TEST_CASE("the forms of output have names") {
  for (const std::string& name : format_names()) CHECK(parse_format(name));
  CHECK(parse_format("json-line").value() == Format::json_line);
  CHECK(parse_format("xml").error().hint == "use table, wide, json, json-line or yaml");
  CHECK(formatted(Format::json_line, "{\n  \"a\": 1\n}\n") == "{\"a\":1}\n");
  CHECK(formatted(Format::json, "{\n  \"a\": 1\n}\n") == "{\n  \"a\": 1\n}\n");
}
