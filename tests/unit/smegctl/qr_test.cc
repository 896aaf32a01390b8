#include "qr.h"

#include <doctest/doctest.h>
#include <qrencode.h>

using namespace smeg;
using namespace smeg::ctl;

namespace {

// The modules of a drawing, true for dark; its colours must be dark on light in every line.
std::vector<std::vector<bool>> modules_of(std::string_view drawn) {
  const std::string_view begin = "\x1b[30;107m";
  const std::string_view end = "\x1b[0m\n";
  std::vector<std::vector<bool>> rows;
  while (!drawn.empty()) {
    const auto stop = drawn.find(end);
    REQUIRE(drawn.starts_with(begin));
    REQUIRE(stop != std::string_view::npos);
    std::string_view line = drawn.substr(begin.size(), stop - begin.size());
    drawn.remove_prefix(stop + end.size());
    auto& upper = rows.emplace_back();
    std::vector<bool> lower;
    while (!line.empty()) {
      const std::string_view cell = line.front() == ' ' ? " " : line.substr(0, 3);
      REQUIRE((cell == " " || cell == "\u2588" || cell == "\u2580" || cell == "\u2584"));
      upper.push_back(cell == "\u2588" || cell == "\u2580");
      lower.push_back(cell == "\u2588" || cell == "\u2584");
      line.remove_prefix(cell.size());
    }
    rows.push_back(std::move(lower));
  }
  return rows;
}

}  // namespace

TEST_CASE("a QR code is drawn module by module, with a quiet zone around it") {
  for (const std::size_t size : {1u, 40u, 250u, 2'000u}) {
    const std::string text(size, 'a');
    const auto drawn = draw_qr(control::SecretText(text));
    REQUIRE(drawn);
    const auto rows = modules_of(drawn->expose());
    QRcode* code =
        QRcode_encodeData(static_cast<int>(size), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_L);
    REQUIRE(code);
    const auto width = static_cast<std::size_t>(code->width);
    CHECK(rows.size() == width + 8 + 1);  // an odd number of rows leaves half a line
    std::size_t wrong = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      REQUIRE(rows[row].size() == width + 8);
      for (std::size_t column = 0; column < rows[row].size(); ++column) {
        const bool inside = row >= 4 && row < width + 4 && column >= 4 && column < width + 4;
        const bool dark = inside && (code->data[(row - 4) * width + column - 4] & 1) != 0;
        wrong += rows[row][column] != dark;
      }
    }
    CHECK(wrong == 0);
    QRcode_free(code);
  }
}

TEST_CASE("what fits into no code is refused") {
  const auto drawn = draw_qr(control::SecretText(std::string(3'000, 'a')));
  REQUIRE(!drawn);
  CHECK(drawn.error().code == Code::too_large);
}
