#include "config/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace smeg::config {
namespace {

// Text of the file for an error: short, and nothing that a terminal would act on.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 48;
  std::string out;
  for (const char c : text.substr(0, kShown)) out += static_cast<unsigned char>(c) >= ' ' && c != '\x7f' ? c : '?';
  return text.size() > kShown ? out + "..." : out;
}

std::string quoted(std::string_view text) { return "'" + shown(text) + "'"; }

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

const char* kind_of(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::scalar: return node.quoted ? "a text in quotes" : "a single value";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a map";
  }
  return "nothing";
}

tl::unexpected<Error> wrong_kind(const YamlNode& node, const std::string& wanted) {
  return fail(Code::malformed, "must be " + wanted + ", not " + kind_of(node));
}

std::string spelled(Duration least, Duration most) { return format_duration(least) + " to " + format_duration(most); }

}  // namespace

void Problems::add(const YamlNode& at, std::string field, std::string message, std::string hint) {
  if (problems_.size() < limits::kConfigurationProblems)
    problems_.push_back({at.line, at.column, std::move(field), std::move(message), std::move(hint)});
}

std::vector<Problem> Problems::take() {
  std::ranges::stable_sort(problems_, [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(problems_);
}

Section::Section(const YamlNode& node, std::string path, Problems& problems)
    : node_(node), path_(std::move(path)), problems_(problems) {
  find_duplicates();
  if (node.kind != YamlNode::Kind::map && node.kind != YamlNode::Kind::null)
    problems_.add(node, path_, std::string("must be a map of `key: value`, not ") + kind_of(node));
}

void Section::find_duplicates() {
  for (auto entry = node_.entries.begin(); entry != node_.entries.end(); ++entry) {
    const auto same = [&](const YamlEntry& other) { return other.name.text == entry->name.text; };
    const auto before = std::find_if(node_.entries.begin(), entry, same);
    if (before != entry)
      problems_.add(entry->name, path(shown(entry->name.text)), "stands here a second time",
                    "line " + std::to_string(before->name.line) + " has it already; keep one of them");
  }
}

std::string Section::path(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + '.' + std::string(name);
}

const YamlNode* Section::find(std::string_view name) {
  if (std::ranges::find(asked_, name) == asked_.end()) asked_.push_back(name);
  for (const YamlEntry& entry : node_.entries)
    if (entry.name.text == name) return entry.value.kind == YamlNode::Kind::null ? nullptr : &entry.value;
  return nullptr;
}

void Section::complain(const YamlNode& at, std::string_view name, const Error& error) {
  problems_.add(at, path(name), error.message, error.hint);
}

void Section::finish(std::span<const Retired> retired) {
  for (const YamlEntry& entry : node_.entries)
    if (std::ranges::find(asked_, entry.name.text) == asked_.end()) complain_unknown(entry, retired);
}

void Section::complain_unknown(const YamlEntry& entry, std::span<const Retired> retired) {
  const std::string& name = entry.name.text;
  if (const auto known = std::ranges::find(retired, name, &Retired::name); known != retired.end()) {
    problems_.add(entry.name, path(name), std::string(known->message), std::string(known->hint));
    return;
  }
  const auto meant = nearest(name, asked_);
  problems_.add(entry.name, path(shown(name)), "is not a key that is known here",
                meant ? "did you mean '" + std::string(*meant) + "'?" : "known are " + joined(asked_));
}

Result<std::string> text_of(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar) return wrong_kind(node, "a text");
  if (node.text.empty()) return fail(Code::malformed, "is empty");
  return node.text;
}

Result<bool> flag_of(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar || node.quoted) return wrong_kind(node, "true or false");
  if (node.text == "true") return true;
  if (node.text == "false") return false;
  return fail(Code::malformed, quoted(node.text) + " is neither true nor false");
}

Result<std::uint64_t> number_of(const YamlNode& node, std::uint64_t least, std::uint64_t most) {
  const std::string range = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (node.kind != YamlNode::Kind::scalar || node.quoted) return wrong_kind(node, range);
  std::uint64_t value = 0;
  const char* last = node.text.data() + node.text.size();
  const auto [end, error] = std::from_chars(node.text.data(), last, value);
  if (end != last || error == std::errc::invalid_argument)
    return fail(Code::malformed, quoted(node.text) + " is not " + range);
  if (error != std::errc{} || value < least || value > most)
    return fail(Code::invalid, quoted(node.text) + " is out of range", "it must be " + range);
  return value;
}

Result<double> fraction_of(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar || node.quoted) return wrong_kind(node, "a number above 0, up to 1");
  double value = 0;
  const char* last = node.text.data() + node.text.size();
  const auto [end, error] = std::from_chars(node.text.data(), last, value);
  if (end != last || error != std::errc{} || !std::isfinite(value))
    return fail(Code::malformed, quoted(node.text) + " is not a number");
  if (!(value > 0 && value <= 1))
    return fail(Code::invalid, quoted(node.text) + " is out of range", "it must be above 0 and at most 1");
  return value;
}

Result<Duration> duration_of(const YamlNode& node, Duration least, Duration most) {
  const auto value = parsed_by(parse_duration)(node);
  if (value && (*value < least || *value > most))
    return fail(Code::invalid, quoted(node.text) + " is out of range", "it must be " + spelled(least, most));
  return value;
}

Error unknown_word(const std::string& text, std::span<const std::string_view> known) {
  const auto meant = nearest(text, known);
  return {Code::malformed, quoted(text) + " is not known here",
          meant ? "did you mean '" + std::string(*meant) + "'?" : "it must be one of " + joined(known)};
}

}  // namespace smeg::config
