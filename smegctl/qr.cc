#include "qr.h"

#include <qrencode.h>

#include <memory>

namespace smeg::ctl {
namespace {

constexpr int kQuietZone = 4;  // light modules around the code, ISO/IEC 18004
constexpr std::string_view kDarkOnLight = "\x1b[30;107m";
constexpr std::string_view kColoursBack = "\x1b[0m";

struct FreeCode {
  void operator()(QRcode* code) const {
    crypto::wipe({code->data, static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width)});
    QRcode_free(code);
  }
};
using Code2d = std::unique_ptr<QRcode, FreeCode>;

// Whether there is a dark module; outside of the code there is none.
bool is_dark(const QRcode& code, int row, int column) {
  const bool inside = row >= 0 && row < code.width && column >= 0 && column < code.width;
  return inside && (code.data[row * code.width + column] & 1) != 0;
}

std::string_view half_blocks(bool upper, bool lower) {
  if (upper) return lower ? "\u2588" : "\u2580";
  return lower ? "\u2584" : " ";
}

}  // namespace

Result<control::SecretText> draw_qr(const control::SecretText& text) {
  const ByteView bytes = as_bytes(text.expose());
  // The least correction and the smallest code: a screen has no scratches, and a terminal is small.
  const Code2d code(QRcode_encodeData(static_cast<int>(bytes.size()), bytes.data(), 0, QR_ECLEVEL_L));
  if (!code) return fail(Code::too_large, "the text fits into no QR code");
  std::string out;
  for (int row = -kQuietZone; row < code->width + kQuietZone; row += 2) {
    out += kDarkOnLight;
    for (int column = -kQuietZone; column < code->width + kQuietZone; ++column)
      out += half_blocks(is_dark(*code, row, column), is_dark(*code, row + 1, column));
    out.append(kColoursBack).append("\n");
  }
  return control::SecretText(std::move(out));
}

}  // namespace smeg::ctl
