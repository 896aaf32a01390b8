// The forms in which a result is printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/json.h"

namespace smeg::ctl {

enum class Format {
  table,
  wide,       // a table with more columns
  json,       // indented
  json_line,  // on one line
  yaml,
};

Result<Format> parse_format(std::string_view text);
const std::vector<std::string>& format_names();
inline bool for_programs(Format format) { return format != Format::table && format != Format::wide; }

// JSON of ours in that format, which is one for programs. Ends with a newline.
std::string formatted(Format format, const std::string& json_text);

// JSON as YAML 1.2 in its core schema: no text in it reads as anything else, by readers of YAML 1.1 either.
std::string to_yaml(const control::Json& json);

}  // namespace smeg::ctl
