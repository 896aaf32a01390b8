#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "base/limits.h"

namespace smeg {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestDuration = std::chrono::hours(24) * 36'525;
constexpr std::size_t kLongestWord = 64;

struct Unit {
  std::string_view suffix;
  Duration size;
};
constexpr std::array<Unit, 5> kUnits = {{{"ms", 1ms}, {"s", 1s}, {"m", 1min}, {"h", 1h}, {"d", 24h}}};

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kLongestWord)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kLongestWord ? "...'" : "'");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

tl::unexpected<Error> no_duration(std::string_view text) {
  return fail(Code::malformed, quoted(text) + " is not a duration",
              "write a number and a unit: 500ms, 2s, 1m, 2h or 7d");
}

// A fixed number of digits at the front of text, which is cut off; nothing where there are fewer.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count), is_digit))
    return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, count)) value = value * 10 + static_cast<unsigned>(c - '0');
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// ".25" as milliseconds; what is finer is dropped.
std::optional<unsigned> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::size_t digits = 0;
  unsigned value = 0;
  for (; !text.empty() && is_digit(text.front()); ++digits) {
    if (digits < 3) value = value * 10 + static_cast<unsigned>(text.front() - '0');
    text.remove_prefix(1);
  }
  for (std::size_t i = digits; i < 3; ++i) value *= 10;
  return digits == 0 ? std::nullopt : std::optional(value);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto number_end = std::find_if(text.begin(), text.end(), [](char c) { return !is_digit(c) && c != '.'; });
  const std::string_view number(text.begin(), number_end);
  std::string_view suffix(number_end, text.end());
  if (suffix.empty()) suffix = "s";
  const auto unit = std::ranges::find(kUnits, suffix, &Unit::suffix);
  if (unit == kUnits.end() || number.empty() || !is_digit(number.front()) || !is_digit(number.back()))
    return no_duration(text);
  double value = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != number.data() + number.size()) return no_duration(text);
  if (value > std::chrono::duration<double>(kLongestDuration) / std::chrono::duration<double>(unit->size))
    return fail(Code::invalid, quoted(text) + " is more than 100 years");
  // Whole numbers stay exact; a fraction is rounded to the nanosecond.
  const auto whole = static_cast<std::int64_t>(value);
  const double rest = value - static_cast<double>(whole);
  return unit->size * whole + Duration(static_cast<std::int64_t>(rest * static_cast<double>(unit->size.count()) + 0.5));
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit)
    if (duration % unit->size == Duration::zero())
      return std::to_string(duration / unit->size) + std::string(unit->suffix);
  std::array<char, 48> out{};
  std::snprintf(out.data(), out.size(), "%.6fms", static_cast<double>(duration.count()) / 1e6);
  return out.data();
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  const auto bad = fail(Code::malformed, quoted(text) + " is not a time", "write it as in 2026-03-01T12:00:00Z");
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return bad;
  const auto mo = take_digits(text, 2);
  if (!mo || !take(text, '-')) return bad;
  const auto d = take_digits(text, 2);
  if (!d || !take(text, 'T')) return bad;
  const auto h = take_digits(text, 2);
  if (!h || !take(text, ':')) return bad;
  const auto mi = take_digits(text, 2);
  if (!mi || !take(text, ':')) return bad;
  const auto s = take_digits(text, 2);
  if (!s) return bad;
  const auto fraction = take_fraction(text);
  const year_month_day date{year(static_cast<int>(*y)), month(*mo), day(*d)};
  if (!fraction || text != "Z" || !date.ok() || *h > 23 || *mi > 59 || *s > 59) return bad;
  return WallTime(duration_cast<milliseconds>(sys_days(date).time_since_epoch()) + hours(*h) + minutes(*mi) +
                  seconds(*s) + milliseconds(*fraction));
}

Result<std::string> parse_label(std::string_view text, std::string_view what) {
  const std::string hint = "use 1 to 63 of the letters a-z, digits and '-', with no '-' at either end";
  const bool fits = !text.empty() && text.size() <= limits::kAliasBytes && text.front() != '-' && text.back() != '-' &&
                    std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
  if (!fits) return fail(Code::invalid, quoted(text) + " is not " + std::string(what), hint);
  return std::string(text);
}

namespace {

// One character of UTF-8 (RFC 3629 section 4) at the beginning of the text: how many bytes it has, and which it is.
// None where there is none.
struct Character {
  std::size_t bytes = 0;
  char32_t value = 0;
};
std::optional<Character> character_of(std::string_view text) {
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};  // what is less has a shorter form
  const auto first = static_cast<std::uint8_t>(text.front());
  Character out{1, first};
  if (first >= 0x80) {
    out.bytes = (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 0;
    if (out.bytes == 0 || text.size() < out.bytes) return std::nullopt;
    out.value = first & (0x7fU >> out.bytes);
  }
  for (const char next : text.substr(1, out.bytes - 1)) {
    if ((static_cast<std::uint8_t>(next) & 0xc0) != 0x80) return std::nullopt;
    out.value = out.value << 6 | (static_cast<std::uint8_t>(next) & 0x3fU);
  }
  const bool surrogate = out.value >= 0xd800 && out.value <= 0xdfff;
  if (out.value < kLeast[out.bytes] || out.value > 0x10ffff || surrogate) return std::nullopt;
  return out;
}

bool steers(const Character& one) { return one.value < 0x20 || (one.value >= 0x7f && one.value < 0xa0); }

}  // namespace

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const auto next = character_of(text);
    if (!next || steers(*next)) return false;
    text.remove_prefix(next->bytes);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t most_bytes) {
  std::string out;
  while (!text.empty()) {
    const auto next = character_of(text);
    const std::size_t taken = next ? next->bytes : 1;
    const std::string_view shown = next && !steers(*next) ? text.substr(0, taken) : "?";
    if (shown.size() > most_bytes - out.size()) break;
    out += shown;
    text.remove_prefix(taken);
  }
  return out;
}

namespace {

// Levenshtein's distance by Wagner and Fischer's algorithm, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance * 3 > std::max(word.size(), candidate.size())) continue;
    if (best && distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace smeg
