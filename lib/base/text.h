// What people write, wherever they write it: durations, names, and words they nearly got right.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace smeg {

// "500ms", "2s", "1.5m", "2h", "7d"; a bare number is seconds. Zero to 100 years. malformed or invalid otherwise.
Result<Duration> parse_duration(std::string_view text);
// The shortest exact form that parse_duration takes: "2s", "1m", "90s", "1500ms".
std::string format_duration(Duration duration);

// RFC 3339 in UTC ("2026-03-01T12:00:00Z", fractions of a second allowed): the reverse of to_rfc3339.
Result<WallTime> parse_rfc3339(std::string_view text);

// Names of meshes and aliases of members: one DNS label (RFC 1035, RFC 1123) in lower case, 1 to 63 of a-z, 0-9 and
// '-', no '-' at either end. what says in the error whose name it is: "a mesh name".
Result<std::string> parse_label(std::string_view text, std::string_view what);

// Whether it is text that can't steer a terminal: valid UTF-8, without control characters of ASCII (0 to 31, 127) or
// from U+0080 to U+009F.
bool is_plain_text(std::string_view text);
// The text as far as it is that, for words of others that people are to see: a '?' for each control character and for
// each byte that is no UTF-8. At most so many bytes, whole characters.
std::string printable(std::string_view text, std::size_t most_bytes = std::string_view::npos);

// The known word with the smallest edit distance (Levenshtein, case ignored) from the given one, if it is near enough
// that it may have been meant: at most a third of the letters differ.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace smeg
