#include "control/json.h"

#include <simdjson.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace smeg::control {
namespace {

namespace dom = simdjson::dom;

// Makes a Json of simdjson's document. Single use. Stops at the first thing wrong and keeps it.
class Builder {
 public:
  // level: how many containers stand around the value.
  Json build(const dom::element& from, std::size_t level) {
    switch (from.type()) {
      case dom::element_type::ARRAY: return array(from.get_array().value_unsafe(), level);
      case dom::element_type::OBJECT: return object(from.get_object().value_unsafe(), level);
      case dom::element_type::STRING: return from.get_string().value_unsafe();
      case dom::element_type::INT64: return number(from.get_int64().value_unsafe());
      case dom::element_type::UINT64: return from.get_uint64().value_unsafe();
      case dom::element_type::BOOL: return from.get_bool().value_unsafe();
      case dom::element_type::DOUBLE: {
        Json out;
        out.value = from.get_double().value_unsafe();
        return out;
      }
      case dom::element_type::NULL_VALUE: break;
    }
    return {};
  }

  const std::string& error() const { return error_; }
  static std::string too_deep() { return "is nested deeper than " + std::to_string(limits::kJsonDepth) + " levels"; }

 private:
  static Json number(std::int64_t value) {
    if (value < 0) return value;
    return static_cast<std::uint64_t>(value);
  }

  bool may_enter(std::size_t level) {
    if (level >= limits::kJsonDepth && error_.empty()) error_ = too_deep();
    return error_.empty();
  }

  JsonArray array(const dom::array& from, std::size_t level) {
    JsonArray out;
    if (!may_enter(level)) return out;
    out.reserve(from.size());
    for (const dom::element each : from) out.push_back(build(each, level + 1));
    return out;
  }

  JsonObject object(const dom::object& from, std::size_t level) {
    JsonObject out;
    if (!may_enter(level)) return out;
    out.reserve(from.size());
    for (const auto [name, value] : from) out.push_back({std::string(name), build(value, level + 1)});
    if (const std::string* twice = doubled(out); twice && error_.empty())
      error_ = "has the field '" + twice->substr(0, 64) + "' twice";
    return out;
  }

  // A name that stands there twice; null: none does.
  static const std::string* doubled(const JsonObject& object) {
    std::vector<const std::string*> names;
    names.reserve(object.size());
    for (const JsonField& field : object) names.push_back(&field.name);
    std::ranges::sort(names, [](const std::string* a, const std::string* b) {
      return a->size() != b->size() ? a->size() < b->size() : *a < *b;
    });
    const auto at = std::ranges::adjacent_find(names, [](const auto* a, const auto* b) { return *a == *b; });
    return at == names.end() ? nullptr : *at;
  }

  std::string error_;
};

// Whether a character stands for itself in JSON; RFC 8259 section 7, and of the rest ASCII alone.
bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// Nearly all text is keys, addresses and names: a large Snapshot is written in half the time without the library's way.
void append_quoted(std::string& out, const std::string& text) {
  if (std::ranges::all_of(text, is_plain)) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

// Writes a value; level is how deep it stands, or negative for one line.
class Writer {
 public:
  explicit Writer(bool indented) : indented_(indented) {}

  void write(const Json& json) {
    std::visit([this](const auto& value) { put(value); }, json.value);
  }
  std::string take() { return std::move(out_); }

 private:
  void put(std::nullptr_t) { out_ += "null"; }
  void put(bool flag) { out_ += flag ? "true" : "false"; }
  void put(std::int64_t number) { out_ += std::to_string(number); }
  void put(std::uint64_t number) { out_ += std::to_string(number); }
  void put(double number) { out_ += nlohmann::json(number).dump(); }
  void put(const std::string& text) { append_quoted(out_, text); }
  void put(const JsonArray& array) {
    begin('[');
    for (const Json& element : array) {
      next();
      write(element);
    }
    end(']', array.empty());
  }
  void put(const JsonObject& object) {
    begin('{');
    for (const JsonField& field : object) {
      next();
      append_quoted(out_, field.name);
      out_ += indented_ ? ": " : ":";
      write(field.value);
    }
    end('}', object.empty());
  }

  void begin(char bracket) {
    out_ += bracket;
    ++level_;
    first_ = true;
  }
  void next() {
    if (!first_) out_ += ',';
    first_ = false;
    line();
  }
  void end(char bracket, bool empty) {
    --level_;
    if (!empty) line();
    out_ += bracket;
    first_ = false;
  }
  void line() {
    if (indented_) out_.append("\n").append(2 * level_, ' ');
  }

  bool indented_;
  bool first_ = true;
  std::size_t level_ = 0;
  std::string out_;
};

std::string spelled(std::uint64_t least, std::uint64_t most) {
  return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  // Of the library's own count of levels we only want that it ends before ours does not: scalars count there too.
  constexpr std::size_t kDepth = 2 * limits::kJsonDepth;
  dom::parser parser(limits::kControlReplyBytes);
  if (parser.allocate(text.size(), kDepth) != simdjson::SUCCESS)
    return fail(Code::too_large, "is longer than this program can read");
  const auto document = parser.parse(text.data(), text.size());
  if (document.error() == simdjson::DEPTH_ERROR) return fail(Code::malformed, Builder::too_deep());
  if (document.error() != simdjson::SUCCESS)
    return fail(Code::malformed, "is no JSON: " + std::string(simdjson::error_message(document.error())));
  Builder builder;
  Json out = builder.build(document.value_unsafe(), 0);
  if (!builder.error().empty()) return fail(Code::malformed, builder.error());
  return out;
}

std::string Json::dump(bool indented) const {
  Writer writer(indented);
  writer.write(*this);
  return writer.take();
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

FieldReader::FieldReader(const Json& value, std::string where)
    : object_(value.as<JsonObject>()), where_(std::move(where)) {
  if (object_) asked_.reserve(object_->size());
  if (!object_) error_ = Error{Code::malformed, (where_.empty() ? "" : where_ + ": ") + "must be an object, {...}"};
}

const Json* FieldReader::find(std::string_view name) {
  asked_.push_back(name);
  if (!object_ || error_) return nullptr;
  // Fields mostly come in the order in which they are asked for, some of them several times.
  for (std::size_t tried = 0; tried < object_->size(); ++tried) {
    const JsonField& field = (*object_)[found_];
    if (field.name == name) return field.value.is_null() ? nullptr : &field.value;
    found_ = found_ + 1 == object_->size() ? 0 : found_ + 1;
  }
  return nullptr;
}

void FieldReader::complain(std::string_view name, Error error) {
  if (error_) return;
  error.message = path(name) + ": " + error.message;
  error_ = std::move(error);
}

std::string FieldReader::text(std::string_view name) {
  if (!has(name)) complain(name, {Code::malformed, "is missing"});
  return text_or_empty(name);
}

std::string FieldReader::text_or_empty(std::string_view name) {
  const Json* field = find(name);
  if (!field) return {};
  if (const auto* text = field->as<std::string>()) return *text;
  complain(name, {Code::malformed, "must be a text"});
  return {};
}

bool FieldReader::flag(std::string_view name, bool otherwise) {
  const Json* field = find(name);
  if (!field) return otherwise;
  if (const auto* flag = field->as<bool>()) return *flag;
  complain(name, {Code::malformed, "must be true or false"});
  return otherwise;
}

std::uint64_t FieldReader::number(std::string_view name, std::uint64_t least, std::uint64_t most,
                                  std::uint64_t otherwise) {
  const Json* field = find(name);
  if (!field) return otherwise;
  const auto* number = field->as<std::uint64_t>();
  if (number && *number >= least && *number <= most) return *number;
  complain(name, {Code::invalid, "must be " + spelled(least, most)});
  return otherwise;
}

std::optional<Duration> FieldReader::duration(std::string_view name) {
  const Json* field = find(name);
  if (!field) return std::nullopt;
  if (const auto* seconds = field->as<std::uint64_t>()) {
    const auto value = parse_duration(std::to_string(*seconds));
    if (value) return *value;
    complain(name, value.error());
    return std::nullopt;
  }
  return parsed(name, parse_duration);
}

const JsonArray* FieldReader::array(std::string_view name, std::size_t most) {
  const Json* field = find(name);
  if (!field) return nullptr;
  const auto* elements = field->as<JsonArray>();
  if (!elements) {
    complain(name, {Code::malformed, "must be a list, [...]"});
  } else if (elements->size() > most) {
    complain(name, {Code::too_large, "has more than " + std::to_string(most) + " elements"});
  }
  return error_ ? nullptr : elements;
}

Error FieldReader::unknown(const std::string& name) const {
  std::vector<std::string_view> fields;  // each once, in order
  for (const std::string_view word : asked_)
    if (std::ranges::find(fields, word) == fields.end()) fields.push_back(word);
  std::string known;
  for (const std::string_view word : fields) known.append(known.empty() ? "" : ", ").append(word);
  const auto meant = nearest(name, fields);
  const std::string hint = meant           ? "did you mean '" + std::string(*meant) + "'?"
                           : known.empty() ? "there is nothing to set here"
                                           : "known are " + known;
  return {Code::malformed, "'" + path(name.substr(0, 64)) + "' is not known here", hint};
}

Result<void> FieldReader::finish(bool strict) {
  if (error_) return fail(*error_);
  if (!strict) return {};
  for (const JsonField& field : *object_)
    if (std::ranges::find(asked_, field.name) == asked_.end()) return fail(unknown(field.name));
  return {};
}

}  // namespace smeg::control
