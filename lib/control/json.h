// JSON as a value (RFC 8259), and a reader of its objects that says what is wrong in an operator's words. For the
// codecs of this module and of lib/api.
#pragma once

#include <concepts>
#include <iterator>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/base.h"

namespace smeg::control {

struct Json;
struct JsonField;
using JsonArray = std::vector<Json>;
using JsonObject = std::vector<JsonField>;  // in the order written; no name twice

struct Json {
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, JsonArray, JsonObject> value;

  // Defined below, where JsonField is complete.
  Json();
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  Json(bool flag);
  template <std::signed_integral Number>
  Json(Number number);
  template <std::unsigned_integral Number>
  Json(Number number);
  Json(std::string text);
  Json(std::string_view text);
  Json(const char* text);
  Json(JsonArray array);
  Json(JsonObject object);

  template <class Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&value);
  }
  bool is_null() const { return as<std::nullptr_t>() != nullptr; }

  // One value and nothing behind it, valid UTF-8, no name twice in an object, at most limits::kJsonDepth deep.
  static Result<Json> parse(std::string_view text);
  // On one line, or indented by two blanks a level. Bytes that are no UTF-8 come out as U+FFFD.
  std::string dump(bool indented = false) const;
};

struct JsonField {
  std::string name;
  Json value;
};

inline Json::Json() : value(nullptr) {}
inline Json::Json(const Json&) = default;
inline Json::Json(Json&&) noexcept = default;
inline Json& Json::operator=(const Json&) = default;
inline Json& Json::operator=(Json&&) noexcept = default;
inline Json::~Json() = default;
inline Json::Json(bool flag) : value(flag) {}
template <std::signed_integral Number>
Json::Json(Number number) : value(std::int64_t{number}) {}
template <std::unsigned_integral Number>
Json::Json(Number number) : value(std::uint64_t{number}) {}
inline Json::Json(std::string text) : value(std::move(text)) {}
inline Json::Json(std::string_view text) : value(std::string(text)) {}
inline Json::Json(const char* text) : value(std::string(text)) {}
inline Json::Json(JsonArray array) : value(std::move(array)) {}
inline Json::Json(JsonObject object) : value(std::move(object)) {}

// An object of these fields: they are moved, where the braces of a JsonObject copy each of them with all that is in it.
template <std::size_t kCount>
JsonObject object_of(JsonField (&&fields)[kCount]) {
  return {std::make_move_iterator(std::begin(fields)), std::make_move_iterator(std::end(fields))};
}

// Text, or null where it is empty.
Json text_or_null(const std::string& text);
template <class Value, class Format>
Json or_null(const std::optional<Value>& value, Format format) {
  return value ? Json(format(*value)) : Json();
}

// Reads the fields of one object. The first thing wrong is kept and everything after it reads as empty, so that a codec
// is a straight list of fields. A field that is null counts as absent.
class FieldReader {
 public:
  // where is the path of the object itself, for errors: "meshes[2]"; empty for the outermost.
  explicit FieldReader(const Json& value, std::string where = {});

  bool has(std::string_view name) { return find(name) != nullptr; }
  std::string text(std::string_view name);  // required
  std::string text_or_empty(std::string_view name);
  bool flag(std::string_view name, bool otherwise);
  std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most, std::uint64_t otherwise);
  // A required or an optional text that parse (Result<T>(std::string_view)) understands.
  template <class Parse>
  auto parsed(std::string_view name, Parse parse);
  template <class Parse>
  auto maybe(std::string_view name, Parse parse);
  // A number of seconds, or a text as parse_duration takes it.
  std::optional<Duration> duration(std::string_view name);
  // Absent: empty. read is called with each element and its path, and gives Result<T>.
  template <class Read>
  auto list(std::string_view name, std::size_t most, Read read);
  // The field as it is; null where absent.
  const Json* find(std::string_view name);
  std::string path(std::string_view name) const {
    return where_.empty() ? std::string(name) : where_ + '.' + std::string(name);
  }

  // Says that a field is wrong; kept if it is the first to be.
  void complain(std::string_view name, Error error);
  // The first error, if any. strict: a field that nobody asked for is one.
  Result<void> finish(bool strict);

 private:
  const JsonArray* array(std::string_view name, std::size_t most);
  Error unknown(const std::string& name) const;

  const JsonObject* object_ = nullptr;
  std::string where_;
  std::size_t found_ = 0;                // of its fields: the last that was found, where the search for another begins
  std::vector<std::string_view> asked_;  // some of them several times
  std::optional<Error> error_;
};

template <class Parse>
auto FieldReader::parsed(std::string_view name, Parse parse) {
  typename decltype(parse(std::string_view()))::value_type out{};
  const std::string found = text(name);
  if (error_) return out;
  auto value = parse(std::string_view(found));
  if (value) {
    out = *std::move(value);
  } else {
    complain(name, value.error());
  }
  return out;
}

template <class Parse>
auto FieldReader::maybe(std::string_view name, Parse parse) {
  std::optional<typename decltype(parse(std::string_view()))::value_type> out;
  if (has(name)) out = parsed(name, parse);
  return out;
}

template <class Read>
auto FieldReader::list(std::string_view name, std::size_t most, Read read) {
  std::vector<typename decltype(read(Json(), std::string()))::value_type> out;
  const JsonArray* elements = array(name, most);
  if (!elements) return out;
  for (const Json& element : *elements) {
    const std::string index = std::string(name) + '[' + std::to_string(out.size()) + ']';
    auto value = read(element, path(index));
    if (!value) {
      if (!error_) error_ = value.error();
      return out;
    }
    out.push_back(*std::move(value));
  }
  return out;
}

// An element of a list that is a text which parse understands.
template <class Parse>
auto text_element(Parse parse) {
  return [parse](const Json& element, const std::string& path) -> decltype(parse(std::string_view())) {
    const auto* text = element.as<std::string>();
    if (!text) return fail(Code::malformed, path + ": must be a text");
    auto value = parse(std::string_view(*text));
    if (!value) return fail(value.error().code, path + ": " + value.error().message, value.error().hint);
    return value;
  };
}

}  // namespace smeg::control
