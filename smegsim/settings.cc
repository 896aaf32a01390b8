#include "settings.h"

#include <charconv>

namespace smeg::simulator {

Result<Split> parse_split(std::string_view text) {
  if (text == "even") return Split::even;
  if (text == "uneven") return Split::uneven;
  if (text == "one-way") return Split::one_way;
  return fail(Code::invalid, "must be even, uneven or one-way");
}

Result<double> parse_percent(std::string_view text, double most) {
  const std::string range = "must be per cent, 0 to " + std::to_string(static_cast<int>(most * 100));
  if (text.ends_with('%')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return fail(Code::malformed, range);
  if (!(value >= 0 && value <= most * 100)) return fail(Code::invalid, range);
  return value / 100;
}

}  // namespace smeg::simulator
