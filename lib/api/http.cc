#include "api/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "api/limits.h"

namespace smeg::api {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Calls with each piece between separators; false from it ends the walk.
template <class Visit>
void split(std::string_view text, char separator, Visit visit) {
  while (true) {
    const auto end = text.find(separator);
    if (!visit(text.substr(0, end)) || end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

const std::string* find_in(const std::vector<Header>& headers, std::string_view name) {
  const auto found =
      std::ranges::find_if(headers, [&](const Header& header) { return equal_ignoring_case(header.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~:").find(c) != std::string_view::npos;
}

std::optional<char> from_hex_digits(std::string_view two) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(two.data(), two.data() + two.size(), value, 16);
  if (two.size() != 2 || error != std::errc() || end != two.data() + 2 || value == 0) return std::nullopt;
  return static_cast<char>(value);
}

// Percent-encoding undone; in a query '+' is a blank. Nothing where it is broken or makes a zero byte.
std::optional<std::string> unescape(std::string_view text, bool in_query) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto c = from_hex_digits(text.substr(i + 1, 2));
      if (!c) return std::nullopt;
      out += *c;
      i += 2;
    } else if (static_cast<unsigned char>(text[i]) <= 0x20 || text[i] == 0x7f) {
      return std::nullopt;
    } else {
      out += in_query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

tl::unexpected<Error> broken_target() {
  return fail(Code::malformed, "the path or the query is malformed", "write it as RFC 3986 says, '%' and all");
}

Result<std::vector<std::string>> parse_path(std::string_view text) {
  if (!text.starts_with('/')) return broken_target();
  text.remove_prefix(1);
  if (text.ends_with('/')) text.remove_suffix(1);
  std::vector<std::string> path;
  bool whole = true;
  split(text, '/', [&](std::string_view segment) {
    auto decoded = unescape(segment, false);
    whole = decoded.has_value();
    if (whole) path.push_back(*std::move(decoded));
    return whole;
  });
  if (!whole) return broken_target();
  return path;
}

Result<std::map<std::string, std::string>> parse_query(std::string_view text) {
  std::map<std::string, std::string> query;
  Result<void> good;
  split(text, '&', [&](std::string_view pair) {
    if (pair.empty()) return true;
    const auto equals = pair.find('=');
    const auto name = unescape(pair.substr(0, equals), true);
    const auto value = unescape(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) {
      good = broken_target();
    } else if (query.size() >= limits::kQueryParameters) {
      good = fail(Code::too_large, "the query has too many parameters");
    } else if (!query.emplace(*name, *value).second) {
      good = fail(Code::malformed, "the parameter '" + name->substr(0, 64) + "' is there twice");
    }
    return good.has_value();
  });
  if (!good) return fail(good.error());
  return query;
}

// The quality of a range of Accept, in thousandths: "text/*;q=0.5" has 500.
int quality(std::string_view range) {
  int out = 1'000;
  split(range, ';', [&](std::string_view part) {
    part = trimmed(part);
    if (part.size() < 3 || lower(part[0]) != 'q' || part[1] != '=') return true;
    double value = 0;
    const std::string_view number = part.substr(2);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool good = error == std::errc() && end == number.data() + number.size() && value >= 0 && value <= 1;
    out = good ? static_cast<int>(value * 1'000) : 0;
    return false;
  });
  return out;
}

// How closely a range fits: 0 not at all, 1 "*/*", 2 "type/*", 3 exactly.
int closeness(std::string_view range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1)) ? 2 : 0;
}

}  // namespace

std::string http_date(WallTime time) {
  using namespace std::chrono;
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_days day{floor<days>(time.time_since_epoch())};
  const year_month_day date{day};
  const std::string rfc3339 = to_rfc3339(time);  // "2026-03-01T12:00:00Z"
  return std::string(kDays[weekday(day).c_encoding()]) + ", " + rfc3339.substr(8, 2) + ' ' +
         kMonths[static_cast<unsigned>(date.month()) - 1] + ' ' + rfc3339.substr(0, 4) + ' ' + rfc3339.substr(11, 8) +
         " GMT";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* Request::find(std::string_view name) const { return find_in(headers, name); }
const std::string* Response::find(std::string_view name) const { return find_in(headers, name); }

std::size_t Request::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [&](const Header& header) { return equal_ignoring_case(header.name, name); }));
}

std::string_view reason(unsigned status) {
  constexpr std::array<std::pair<unsigned, std::string_view>, 23> kReasons = {{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {503, "Service Unavailable"},
  }};
  const auto found = std::ranges::find(kReasons, status, &std::pair<unsigned, std::string_view>::first);
  return found == kReasons.end() ? "Unknown" : found->second;
}

Result<Target> parse_target(std::string_view text) {
  const auto mark = text.find('?');
  auto path = parse_path(text.substr(0, mark));
  if (!path) return fail(path.error());
  auto query = parse_query(mark == std::string_view::npos ? "" : text.substr(mark + 1));
  if (!query) return fail(query.error());
  return Target{*std::move(path), *std::move(query)};
}

std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

bool accepts(std::string_view accept, std::string_view type) {
  int best = 0;
  bool taken = trimmed(accept).empty();
  split(accept, ',', [&](std::string_view range) {
    const int close = closeness(media_type(range), type);
    if (close > best) {
      best = close;
      taken = quality(range) > 0;
    }
    return true;
  });
  return taken;
}

std::string media_type(std::string_view content_type) {
  return lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

bool matches_tag(std::string_view list, std::string_view tag, bool weak) {
  if (trimmed(list) == "*") return true;
  bool found = false;
  // No tag of ours has a comma in it.
  split(list, ',', [&](std::string_view each) {
    each = trimmed(each);
    if (weak && each.starts_with("W/")) each.remove_prefix(2);
    found = each == tag;
    return !found;
  });
  return found;
}

}  // namespace smeg::api
