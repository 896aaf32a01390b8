#include <doctest/doctest.h>

#include <array>

#include "base/base.h"

using namespace smeg;
using namespace std::chrono_literals;

TEST_CASE("durations as people write them") {
  CHECK(*parse_duration("500ms") == 500ms);
  CHECK(*parse_duration("2s") == 2s);
  CHECK(*parse_duration("2") == 2s);
  CHECK(*parse_duration("1.5m") == 90s);
  CHECK(*parse_duration("0.1s") == 100ms);
  CHECK(*parse_duration("2h") == 2h);
  CHECK(*parse_duration("7d") == 168h);
  CHECK(*parse_duration("0") == 0s);
  CHECK(*parse_duration("36525d") == 24h * 36'525);
  for (const std::string_view text :
       {"", "s", "-1s", "+1s", "1 s", "1S", "1w", "1s2m", ".5s", "5.s", "1e3", "1.2.3s", "0x1", "nan"})
    CHECK(parse_duration(text).error().code == Code::malformed);
  for (const std::string_view text : {"36526d", "99999999999999999999999999", "9e99"}) CHECK(!parse_duration(text));
  CHECK(parse_duration("36526d").error().code == Code::invalid);
}

TEST_CASE("durations are written in the shortest exact form, which can be read back") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(60s) == "1m");
  CHECK(format_duration(1'500ms) == "1500ms");
  CHECK(format_duration(24h) == "1d");
  SeededRng rng(1);
  for (int i = 0; i < 1'000; ++i) {
    const Duration duration = std::chrono::milliseconds(rng.below(1'000'000'000));
    CHECK(*parse_duration(format_duration(duration)) == duration);
  }
}

TEST_CASE("times of the calendar") {
  CHECK(to_rfc3339(*parse_rfc3339("2026-03-01T12:00:00Z")) == "2026-03-01T12:00:00Z");
  CHECK(*parse_rfc3339("1970-01-01T00:00:01.5Z") == WallTime(1'500ms));
  CHECK(*parse_rfc3339("1970-01-01T00:00:00.1239Z") == WallTime(123ms));
  for (const std::string_view text :
       {"", "2026-03-01", "2026-02-30T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z",
        "2026-03-01T12:00:60Z", "2026-03-01T12:00:00", "2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00Zx", "26-03-01T12:00:00Z"})
    CHECK(!parse_rfc3339(text));
}

TEST_CASE("labels") {
  for (const std::string_view text : {"a", "office", "a-b", "3d", "xn--bcher-kva"})
    CHECK(*parse_label(text, "a name") == text);
  CHECK(parse_label(std::string(63, 'a'), "a name").has_value());
  for (const std::string_view text : {"", "-a", "a-", "A", "a.b", "a b", "a_b", "\xc3\xa4"})
    CHECK(!parse_label(text, "a name"));
  CHECK(!parse_label(std::string(64, 'a'), "a name"));
  CHECK(parse_label("a\x1b[0m", "an alias").error().message == "'a?[0m' is not an alias");
}

TEST_CASE("a word that was nearly right") {
  constexpr std::array<std::string_view, 3> kKnown = {"heartbeatInterval", "role", "mtu"};
  CHECK(nearest("heartbeetInterval", kKnown) == "heartbeatInterval");
  CHECK(nearest("HEARTBEATINTERVAL", kKnown) == "heartbeatInterval");
  CHECK(nearest("rolle", kKnown) == "role");
  CHECK(nearest("xyz", kKnown) == std::nullopt);
  CHECK(nearest(std::string(1'000, 'r'), kKnown) == std::nullopt);
  CHECK(nearest("", kKnown) == std::nullopt);
}

TEST_CASE("of others' words nothing gets through that a terminal acts on, and no character by halves") {
  CHECK(printable("plain \xc3\xa4\xe2\x82\xac") == "plain \xc3\xa4\xe2\x82\xac");
  CHECK(printable("\x1b[31mred\r\n\x7f\xc2\x9b") == "?[31mred????");
  CHECK(printable("a\x9b\xff\xe2\x82") == "a????");
  CHECK(printable("abc\xe2\x82\xac", 5) == "abc");
  CHECK(printable("abc\xe2\x82\xac", 6) == "abc\xe2\x82\xac");
  CHECK(printable("abc", 0).empty());
  for (int byte = 0; byte < 256; ++byte) CHECK(is_plain_text(printable(std::string(3, static_cast<char>(byte)))));
}
