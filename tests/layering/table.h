// The table of who may use whom, read from the smeg_module rows of lib/CMakeLists.txt and the smeg_program rows of the
// programs: the build and this test go by the same lines.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace smeg::layering {

// One row. Programs stand above all layers and may include what lies below the modules they use.
struct Module {
  std::string name;
  std::string folder;  // relative to the root, "lib/base"
  std::string table;   // the file its row stands in
  int line = 0;        // of that row
  int layer = 0;
  bool program = false;
  bool and_below = false;
  std::vector<std::string> uses;
  std::set<std::string> public_headers;  // as included: "base/base.h"
  std::set<std::string> may_include;
};

struct Violation {
  std::string file;  // relative to the root
  int line = 0;
  std::string what;
};

using Table = std::map<std::string, Module>;

// Reads the rows under a root; a row that names an unknown module or one of a higher layer goes to violations.
Table read_table(const std::string& root, std::vector<Violation>& violations);

}  // namespace smeg::layering
