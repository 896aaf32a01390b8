// Questions in the language of jq(1).
#pragma once

#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::ctl {

inline constexpr std::size_t kQueryResults = 100'000;
inline constexpr std::size_t kQueryBytes = 64 * 1'024 * 1'024;  // of all results

struct QueryLook {
  bool indented = false;
  bool colour = false;
  bool raw = false;  // a text as it is, not as JSON
};

// What the filter makes of a JSON text: each result by itself, without a newline at its end. malformed where the filter
// is none, invalid where it fails on this input, too_large where there is no end of results. The filter runs here, with
// the rights of whoever wrote it.
Result<std::vector<std::string>> query(const std::string& filter, const std::string& json_text, const QueryLook& look);

}  // namespace smeg::ctl
