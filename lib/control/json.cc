#include "control/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smeg::control {
namespace {

// Builds a Json out of nlohmann's events. Single use. Stops at the first thing wrong and keeps it.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Json()); }
  bool boolean(bool value) override { return put(Json(value)); }
  bool number_integer(std::int64_t value) override { return put(Json(value)); }
  bool number_unsigned(std::uint64_t value) override { return put(Json(value)); }
  bool number_float(double value, const std::string&) override {
    Json number;
    number.value = value;
    return put(std::move(number));
  }
  bool string(std::string& value) override { return put(Json(std::move(value))); }
  bool binary(nlohmann::json::binary_t&) override { return stop("holds bytes that JSON has no form for"); }
  bool start_object(std::size_t) override { return open(Json(JsonObject())); }
  bool start_array(std::size_t) override { return open(Json(JsonArray())); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    const auto& fields = std::get<JsonObject>(open_.back().value);
    if (std::ranges::any_of(fields, [&](const JsonField& field) { return field.name == name; }))
      return stop("has the field '" + name.substr(0, 64) + "' twice");
    names_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    return stop("is no JSON: it breaks off or goes wrong at byte " + std::to_string(position));
  }

  Json take() { return std::move(root_); }
  const std::string& error() const { return error_; }

 private:
  bool stop(std::string what) {
    if (error_.empty()) error_ = std::move(what);
    return false;
  }
  bool open(Json container) {
    if (open_.size() >= limits::kJsonDepth)
      return stop("is nested deeper than " + std::to_string(limits::kJsonDepth) + " levels");
    open_.push_back(std::move(container));
    names_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    names_.pop_back();
    return put(std::move(done));
  }
  bool put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* array = std::get_if<JsonArray>(&open_.back().value)) {
      array->push_back(std::move(value));
    } else {
      std::get<JsonObject>(open_.back().value).push_back({std::move(names_.back()), std::move(value)});
    }
    return true;
  }

  Json root_;
  std::vector<Json> open_;          // containers not yet closed, outermost first
  std::vector<std::string> names_;  // for each of them, the field that comes next
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
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
    return fail(Code::malformed, builder.error().empty() ? "is no JSON" : builder.error());
  return builder.take();
}

std::string Json::dump(bool indented) const {
  Writer writer(indented);
  writer.write(*this);
  return writer.take();
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

FieldReader::FieldReader(const Json& value, std::string where)
    : object_(value.as<JsonObject>()), where_(std::move(where)) {
  if (!object_) error_ = Error{Code::malformed, (where_.empty() ? "" : where_ + ": ") + "must be an object, {...}"};
}

const Json* FieldReader::find(std::string_view name) {
  if (std::ranges::find(asked_, name) == asked_.end()) asked_.push_back(name);
  if (!object_ || error_) return nullptr;
  const auto field = std::ranges::find(*object_, name, &JsonField::name);
  return field == object_->end() || field->value.is_null() ? nullptr : &field->value;
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
  std::string known;
  for (const std::string_view word : asked_) known.append(known.empty() ? "" : ", ").append(word);
  const auto meant = nearest(name, asked_);
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
