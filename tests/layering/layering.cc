// Holds every file of lib/ and of the programs against the table of modules.
//   layering ROOT             prints what breaks the rules; exit status 1 if anything does
//   layering --planted ROOT   ROOT holds planted faults, each on a line that says "planted": fails unless exactly those
//                             lines are reported, so that a rule that no longer bites is noticed
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "layering/rules.h"
#include "layering/source.h"
#include "layering/table.h"

namespace {

namespace fs = std::filesystem;
using namespace smeg::layering;

struct Report {
  std::vector<Violation> violations;
  std::set<std::pair<std::string, int>> planted;
  std::size_t files = 0;
};

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void note_planted(const fs::path& root, const std::string& name, Report& report) {
  for (const auto& line : lines_of(read(root / name))) {
    if (line.original.find("planted") != std::string::npos) report.planted.emplace(name, line.number);
  }
}

std::vector<std::string> sources_in(const fs::path& root, const std::string& folder) {
  std::vector<std::string> names;
  if (!fs::is_directory(root / folder)) return names;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const auto kind = entry.path().extension();
    if (kind == ".cc" || kind == ".h") names.push_back(fs::relative(entry.path(), root).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The public headers of a module and all that they include of it, relative to the root.
std::set<std::string> exposed_headers(const fs::path& root, const Module& module) {
  std::set<std::string> exposed;
  std::vector<std::string> waiting(module.public_headers.begin(), module.public_headers.end());
  while (!waiting.empty()) {
    const auto name = "lib/" + waiting.back();
    waiting.pop_back();
    if (!exposed.insert(name).second) continue;
    for (const auto& target : own_includes(module, lines_of(read(root / name)))) waiting.push_back(target);
  }
  return exposed;
}

void check_module(const fs::path& root, const Table& table, const Module& module, Report& report) {
  const auto sources = sources_in(root, module.folder);
  const auto exposed = exposed_headers(root, module);
  for (const auto& name : sources) {
    check_file(table, module, name, exposed.contains(name), lines_of(read(root / name)), report.violations);
    note_planted(root, name, report);
    ++report.files;
  }
  if (module.program || sources.empty()) return;
  const auto header = module.folder + "/" + module.name + ".h";
  if (!fs::exists(root / header)) {
    report.violations.push_back({module.table, module.line, module.name + " has no public header " + header});
  }
}

void check_strays(const fs::path& root, const Table& table, Report& report) {
  for (const auto& entry : fs::directory_iterator(root / "lib")) {
    const auto name = entry.path().filename().string();
    if (!entry.is_directory() || table.contains(name)) continue;
    for (const auto& source : sources_in(root, "lib/" + name)) {
      report.violations.push_back({source, 1, "lib/" + name + " has no row in lib/CMakeLists.txt"});
      note_planted(root, source, report);
    }
  }
}

Report check(const fs::path& root) {
  Report report;
  const auto table = read_table(root.string(), report.violations);
  std::set<std::string> tables;
  for (const auto& [name, module] : table) {
    check_module(root, table, module, report);
    if (tables.insert(module.table).second) note_planted(root, module.table, report);
  }
  check_strays(root, table, report);
  return report;
}

int judge(const Report& report) {
  for (const auto& violation : report.violations) {
    std::fprintf(stderr, "%s:%d: %s\n", violation.file.c_str(), violation.line, violation.what.c_str());
  }
  std::printf("%zu files, %zu breaches\n", report.files, report.violations.size());
  return report.files > 0 && report.violations.empty() ? 0 : 1;
}

int judge_planted(const Report& report) {
  std::set<std::pair<std::string, int>> reported;
  for (const auto& violation : report.violations) reported.emplace(violation.file, violation.line);
  int faults = 0;
  const auto complain = [&](const auto& from, const auto& in, const char* what) {
    for (const auto& place : from) {
      if (in.contains(place)) continue;
      std::fprintf(stderr, "%s:%d: %s\n", place.first.c_str(), place.second, what);
      ++faults;
    }
  };
  complain(report.planted, reported, "a planted fault went unnoticed");
  complain(reported, report.planted, "reported, though nothing is wrong there");
  std::printf("%zu planted faults, %d misjudged\n", report.planted.size(), faults);
  return faults == 0 && !report.planted.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const bool planted = count == 3 && std::string(arguments[1]) == "--planted";
  if (count != 2 && !planted) {
    std::fprintf(stderr, "usage: %s [--planted] ROOT\n", arguments[0]);
    return 2;
  }
  const auto report = check(arguments[count - 1]);
  return planted ? judge_planted(report) : judge(report);
}
