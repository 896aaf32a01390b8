// Text in columns. For this module alone.
#pragma once

#include <string>
#include <vector>

namespace smeg::control {

// Rows of cells, each column as wide as its widest cell; no blanks at the end of a line.
class Table {
 public:
  // indent: blanks before each row.
  explicit Table(std::size_t indent = 0) : indent_(indent) {}

  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::size_t indent_;
  std::vector<std::vector<std::string>> rows_;
};

// The text without what a terminal would act on (C0, DEL and, in UTF-8, C1): a '?' for each.
std::string printable(const std::string& text);

}  // namespace smeg::control
