// A C++ file as the rules see it: without comments, and with its strings told apart from its code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smeg::layering {

struct Line {
  int number = 0;
  std::string code = {};      // without comments, strings emptied
  std::string text = {};      // without comments, strings kept
  std::string original = {};  // as it stands in the file
};

std::vector<Line> lines_of(std::string_view source);

}  // namespace smeg::layering
