#include "layering/table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace smeg::layering {
namespace {

namespace fs = std::filesystem;

constexpr int kProgramLayer = 99;

// The words between the brackets of one row, and the line it begins at.
struct Row {
  int line = 0;
  std::vector<std::string> words;
};

std::vector<Row> rows_of(const fs::path& file, const std::string& function) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::vector<Row> rows;
  const std::string opening = "\n" + function + "(";
  for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1)) {
    const auto begin = at + opening.size();
    std::istringstream words(text.substr(begin, text.find(')', begin) - begin));
    Row row;
    row.line = 2 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    for (std::string word; words >> word;) row.words.push_back(word);
    if (!row.words.empty()) rows.push_back(row);
  }
  return rows;
}

Module module_of(const Row& row, const std::string& table) {
  Module module;
  module.name = row.words[0];
  module.table = table;
  module.line = row.line;
  module.public_headers = {module.name + "/" + module.name + ".h"};
  std::string list;
  for (std::size_t i = 1; i < row.words.size(); ++i) {
    const auto& word = row.words[i];
    const bool keyword =
        std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
    if (word == "LAYER" && i + 1 < row.words.size()) module.layer = std::stoi(row.words[i + 1]);
    if (word == "AND_BELOW") module.and_below = true;
    if (keyword) list = word;
    if (!keyword && list == "USES") module.uses.push_back(word);
    if (!keyword && list == "HEADERS") module.public_headers.insert(module.name + "/" + word);
  }
  return module;
}

void add_modules(const std::string& root, Table& table) {
  const std::string file = "lib/CMakeLists.txt";
  for (const auto& row : rows_of(fs::path(root) / file, "smeg_module")) {
    auto module = module_of(row, file);
    module.folder = "lib/" + module.name;
    table[module.name] = module;
  }
}

void add_programs(const std::string& root, Table& table) {
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!entry.is_directory() || !fs::exists(entry.path() / "CMakeLists.txt")) continue;
    const auto folder = entry.path().filename().string();
    for (const auto& row : rows_of(entry.path() / "CMakeLists.txt", "smeg_program")) {
      auto module = module_of(row, folder + "/CMakeLists.txt");
      module.folder = folder;
      module.layer = kProgramLayer;
      module.program = module.and_below = true;
      table["program " + module.name] = module;
    }
  }
}

void check_uses(const Table& table, std::vector<Violation>& violations) {
  for (const auto& [key, module] : table) {
    for (const auto& use : module.uses) {
      const auto found = table.find(use);
      if (found == table.end()) {
        violations.push_back({module.table, module.line, key + " uses " + use + ", which is no module"});
      } else if (found->second.layer > module.layer) {
        violations.push_back({module.table, module.line, key + " uses " + use + " of a higher layer"});
      }
    }
  }
}

// What a module may include: itself, what its row names, and with AND_BELOW what those may.
void allow(const Table& table, const Module& from, bool and_below, std::set<std::string>& allowed) {
  for (const auto& use : from.uses) {
    const auto found = table.find(use);
    if (found == table.end() || found->second.layer > from.layer) continue;  // reported by check_uses
    if (allowed.insert(use).second && and_below) allow(table, found->second, true, allowed);
  }
}

}  // namespace

Table read_table(const std::string& root, std::vector<Violation>& violations) {
  Table table;
  add_modules(root, table);
  add_programs(root, table);
  check_uses(table, violations);
  for (auto& [key, module] : table) {
    module.may_include.insert(module.name);
    allow(table, module, module.and_below, module.may_include);
  }
  return table;
}

}  // namespace smeg::layering
