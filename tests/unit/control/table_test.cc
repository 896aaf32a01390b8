#include "control/table.h"

#include <doctest/doctest.h>

using namespace smeg::control;

TEST_CASE("columns are as wide as their widest cell") {
  Table table(1);
  table.row({"a", "bb", "c"});
  table.row({"aaa", "b"});
  table.row({"\xc3\xa4", "b", ""});
  CHECK(table.text() == " a    bb  c\n aaa  b\n \xc3\xa4    b\n");
  CHECK(Table().text().empty());
}

TEST_CASE("colours take no room") {
  Table table(0, {.colour = true});
  table.head({"A", "B"});
  table.row({Cell("aaa", Style::bad), "b"});
  CHECK(table.text() == "\033[1mA\033[0m    \033[1mB\033[0m\n\033[31maaa\033[0m  b\n");
}
