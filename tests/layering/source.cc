#include "layering/source.h"

#include <cctype>

namespace smeg::layering {
namespace {

// Walks a source once. Knows comments, strings, raw strings, characters and digit separators; not trigraphs, and not a
// line that a backslash continues inside a comment.
class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) { lines_.push_back({.number = 1}); }

  std::vector<Line> run() {
    while (at_ < source_.size()) step();
    return std::move(lines_);
  }

 private:
  void step() {
    if (starts("//")) return skip_to("\n", false);
    if (starts("/*")) return skip_to("*/", true);
    if (starts("R\"") && !in_word()) return raw_string();
    if (source_[at_] == '"') return quoted('"');
    if (source_[at_] == '\'' && !in_number()) return quoted('\'');
    take(true);
  }

  bool starts(std::string_view what) const { return source_.substr(at_, what.size()) == what; }

  static bool word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
  bool in_word() const { return at_ > 0 && word_character(source_[at_ - 1]); }
  // Whether the quote here separates digits: the word before it begins with one.
  bool in_number() const {
    auto begin = at_;
    while (begin > 0 && (word_character(source_[begin - 1]) || source_[begin - 1] == '\'')) --begin;
    return begin < at_ && std::isdigit(static_cast<unsigned char>(source_[begin])) != 0;
  }

  // Takes one character into the line; code says whether it is code or the inside of a string.
  void take(bool code) {
    const char c = source_[at_++];
    lines_.back().original += c;
    if (c == '\n') {
      lines_.back().original.pop_back();
      lines_.push_back({.number = lines_.back().number + 1});
      return;
    }
    lines_.back().text += c;
    if (code) lines_.back().code += c;
  }

  void drop() {
    if (source_[at_] == '\n') return take(true);
    lines_.back().original += source_[at_++];
  }

  void skip_to(std::string_view end, bool with_end) {
    while (at_ < source_.size() && !starts(end)) drop();
    if (with_end) {
      for (std::size_t i = 0; i < end.size() && at_ < source_.size(); ++i) drop();
    }
  }

  void quoted(char quote) {
    take(true);
    while (at_ < source_.size() && source_[at_] != quote && source_[at_] != '\n') {
      if (source_[at_] == '\\') take(false);
      if (at_ < source_.size()) take(false);
    }
    if (at_ < source_.size()) take(true);
  }

  void raw_string() {
    const auto open = source_.find('(', at_);
    if (open == std::string_view::npos) return take(true);
    const std::string end = ")" + std::string(source_.substr(at_ + 2, open - at_ - 2)) + "\"";
    while (at_ < source_.size() && !starts(end)) take(false);
    for (std::size_t i = 0; i < end.size() && at_ < source_.size(); ++i) take(false);
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<Line> lines_;
};

}  // namespace

std::vector<Line> lines_of(std::string_view source) { return Scanner(source).run(); }

}  // namespace smeg::layering
