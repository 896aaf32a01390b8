// Text in columns. For this module and for smegctl.
#pragma once

#include <string>
#include <vector>

#include "control/look.h"
#include "control/snapshot.h"

namespace smeg::control {

enum class Style { plain, heading, good, warning, bad, dim };

// The text in that style, if the look has colours.
std::string styled(const std::string& text, Style style, const Look& look);

struct Cell {
  std::string text;
  Style style = Style::plain;

  Cell(std::string words, Style look = Style::plain) : text(std::move(words)), style(look) {}
  Cell(const char* words) : text(words) {}
};
using Row = std::vector<Cell>;

// States that an operator looks for.
Cell cell(MemberState state);
Cell cell(MeshState state);
Cell cell(ExitState state);

// Rows of cells, each column as wide as its widest cell; no blanks at the end of a line.
class Table {
 public:
  // indent: blanks before each row.
  explicit Table(std::size_t indent = 0, const Look& look = {}) : indent_(indent), look_(look) {}

  void head(std::vector<std::string> names);
  void row(Row cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::size_t indent_;
  Look look_;
  std::vector<Row> rows_;
};

}  // namespace smeg::control
