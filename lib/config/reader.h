// Reads one map of a configuration and notes everything that is wrong with it: for this module, and for scenario files.
#pragma once

#include <span>

#include "config/yaml.h"

namespace smeg::config {

// What was found wrong so far; at most limits::kConfigurationProblems are kept.
class Problems {
 public:
  void add(const YamlNode& at, std::string field, std::string message, std::string hint = {});
  // In the order of the file.
  std::vector<Problem> take();
  bool empty() const { return problems_.empty(); }

 private:
  std::vector<Problem> problems_;
};

// Gives out the values of a map by name; at the end it complains about those that nobody asked for.
class Section {
 public:
  // path is that of the map itself ("meshes[2]"), empty for the whole file. A null counts as an empty map.
  Section(const YamlNode& node, std::string path, Problems& problems);

  // Null where absent, or empty in the file.
  const YamlNode* find(std::string_view name);
  // parse (Result<T>(const YamlNode&)) gives the value of out; where it fails, out stays as it is. The return value
  // says where it stood, if it did.
  template <class T, class Parse>
  const YamlNode* read(std::string_view name, T& out, Parse parse) {
    const YamlNode* node = find(name);
    if (!node) return nullptr;
    if (auto value = parse(*node)) {
      out = *std::move(value);
    } else {
      complain(*node, name, value.error());
    }
    return node;
  }
  void complain(const YamlNode& at, std::string_view name, const Error& error);
  std::string path(std::string_view name) const;

  // A key of another format or version: said to be so when it stands there, but never proposed.
  struct Retired {
    std::string_view name;
    std::string_view message;
    std::string_view hint;
  };
  void finish(std::span<const Retired> retired = {});

 private:
  void find_duplicates();
  void complain_unknown(const YamlEntry& entry, std::span<const Retired> retired);

  const YamlNode& node_;
  std::string path_;
  Problems& problems_;
  std::vector<std::string_view> asked_;
};

// Values. Each fails with words that fit behind the field's name.
Result<std::string> text_of(const YamlNode& node);
Result<bool> flag_of(const YamlNode& node);
Result<std::uint64_t> number_of(const YamlNode& node, std::uint64_t least, std::uint64_t most);
Result<double> fraction_of(const YamlNode& node);
Result<Duration> duration_of(const YamlNode& node, Duration least, Duration most);

// A scalar whose text parse (Result<T>(std::string_view)) understands.
template <class Parse>
auto parsed_by(Parse parse) {
  return [parse](const YamlNode& node) -> decltype(parse(std::string_view())) {
    const auto text = text_of(node);
    if (!text) return fail(text.error());
    return parse(std::string_view(*text));
  };
}

// An enumerator by its word; a wrong one is told the nearest, or all.
template <class Enum>
struct Word {
  std::string_view text;
  Enum value;
};
Error unknown_word(const std::string& text, std::span<const std::string_view> known);
template <class Enum, std::size_t N>
auto one_of(const Word<Enum> (&words)[N]) {
  return parsed_by([&words](std::string_view text) -> Result<Enum> {
    std::vector<std::string_view> known;
    for (const Word<Enum>& word : words) {
      if (word.text == text) return word.value;
      known.push_back(word.text);
    }
    return fail(unknown_word(std::string(text), known));
  });
}

}  // namespace smeg::config
