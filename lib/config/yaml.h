// YAML text as a tree of values with their places in the file.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace smeg::config {

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::size_t line = 0;            // from 1
  std::size_t column = 0;          // from 1
  std::string text;                // of a scalar
  bool quoted = false;             // a scalar in quotes, or tagged as a text: never a number or a truth value
  std::vector<YamlNode> elements;  // of a list
  std::vector<YamlEntry> entries;  // of a map, in the order of the file; a name may stand there twice
};

struct YamlEntry {
  YamlNode name;  // a scalar
  YamlNode value;
};

// One document at most; none is a null. Anchors, aliases, names that are no scalars, and more than
// limits::kConfigurationDepth levels are refused: a configuration needs none of them.
tl::expected<YamlNode, Problem> parse_yaml(std::string_view text);

}  // namespace smeg::config
