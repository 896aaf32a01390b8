#include "format.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace smeg::ctl {
namespace {

using control::Json;

// A text that every reader takes for a text even without quotes: words of letters and digits, none of which is one of
// YAML's own.
bool is_plain(std::string_view text) {
  constexpr std::array<std::string_view, 8> kWords = {"y", "n", "yes", "no", "on", "off", "true", "false"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (text.empty() || !is_letter(text.front()) || !std::ranges::all_of(text, is_inner)) return false;
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
  return lower != "null" && std::ranges::find(kWords, lower) == kWords.end();
}

void emit_text(YAML::Emitter& out, const std::string& text) {
  if (is_plain(text)) {
    out << text;
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

void emit(YAML::Emitter& out, const Json& json) {
  if (const auto* text = json.as<std::string>()) {
    emit_text(out, *text);
  } else if (const auto* array = json.as<control::JsonArray>()) {
    if (array->empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& each : *array) emit(out, each);
    out << YAML::EndSeq;
  } else if (const auto* object = json.as<control::JsonObject>()) {
    if (object->empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const control::JsonField& field : *object) {
      out << YAML::Key;
      emit_text(out, field.name);
      out << YAML::Value;
      emit(out, field.value);
    }
    out << YAML::EndMap;
  } else if (json.is_null()) {
    out << YAML::Null;
  } else {
    out << json.dump();  // a flag or a number: YAML writes them alike
  }
}

}  // namespace

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> names = {"table", "wide", "json", "json-line", "yaml"};
  return names;
}

Result<Format> parse_format(std::string_view text) {
  const auto at = std::ranges::find(format_names(), text);
  if (at != format_names().end()) return static_cast<Format>(at - format_names().begin());
  return fail(Code::malformed, "'" + std::string(text) + "' is no form of output",
              "use table, wide, json, json-line or yaml");
}

std::string formatted(Format format, const std::string& json_text) {
  switch (format) {
    case Format::json: return json_text;
    case Format::table:
    case Format::wide:
    case Format::json_line:
    case Format::yaml: break;
  }
  const auto json = Json::parse(json_text);
  if (!json) return json_text;  // not ours
  return format == Format::yaml ? to_yaml(*json) : json->dump() + '\n';
}

std::string to_yaml(const Json& json) {
  YAML::Emitter out;
  emit(out, json);
  return std::string(out.c_str(), out.size()) + '\n';
}

}  // namespace smeg::ctl
