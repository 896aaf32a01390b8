#include "control/table.h"

#include <algorithm>
#include <cstdint>

namespace smeg::control {
namespace {

constexpr std::size_t kGap = 2;

// Columns that a text takes, one for each code point. (What is wider, such as CJK, shifts the rest of its row.)
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0) != 0x80; }));
}

// Select graphic rendition, ECMA-48 section 8.3.117: the parameters.
std::string_view sgr(Style style) {
  switch (style) {
    case Style::plain: return "";
    case Style::heading: return "1";
    case Style::good: return "32";
    case Style::warning: return "33";
    case Style::bad: return "31";
    case Style::dim: return "2";
  }
  return "";
}

}  // namespace

std::string styled(const std::string& text, Style style, const Look& look) {
  const std::string code(sgr(style));
  return look.colour && !code.empty() && !text.empty() ? "\033[" + code + 'm' + text + "\033[0m" : text;
}

Cell cell(MemberState state) {
  const std::string text(name(state));
  switch (state) {
    case MemberState::alive: return {text, Style::good};
    case MemberState::suspect: return {text, Style::warning};
    case MemberState::offline: return {text, Style::dim};
    case MemberState::down: return {text, Style::bad};
    case MemberState::revoked: return {text, Style::dim};
  }
  return text;
}

Cell cell(MeshState state) {
  const std::string text(name(state));
  switch (state) {
    case MeshState::active: return {text, Style::good};
    case MeshState::joining:
    case MeshState::down:
    case MeshState::leaving: return {text, Style::warning};
    case MeshState::refused:
    case MeshState::standing_down: return {text, Style::bad};
  }
  return text;
}

Cell cell(ExitState state) {
  const std::string text(name(state));
  switch (state) {
    case ExitState::chosen:
    case ExitState::equal: return {text, Style::good};
    case ExitState::worse: return text;
    case ExitState::draining:
    case ExitState::waiting: return {text, Style::warning};
    case ExitState::unreachable: return {text, Style::bad};
  }
  return text;
}

void Table::head(std::vector<std::string> names) {
  Row cells;
  for (std::string& each : names) cells.push_back({std::move(each), Style::heading});
  row(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const Row& cells : rows_) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width(cells[i].text));
  }
  std::string out;
  for (const Row& cells : rows_) {
    std::string line;
    std::size_t blanks = indent_;  // that are due before the next cell which has a text
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell& each = cells[i];
      if (!each.text.empty()) {
        line.append(blanks, ' ').append(styled(each.text, each.style, look_));
        blanks = 0;
      }
      blanks += widths[i] - width(each.text) + kGap;
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace smeg::control
