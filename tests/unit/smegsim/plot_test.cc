#include "plot.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;

Outcome of(std::vector<Duration> times) {
  Outcome out;
  out.measured = true;
  out.observers = times.size();
  out.times = std::move(times);
  return out;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST_CASE("a curve for each seed, from nobody to everybody, and the worst of them marked") {
  Settings settings;
  settings.scenario = "update";
  const std::string svg = plot(settings, {of({100ms, 200ms}), of({100ms, 400ms})});
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<path ") == 2);
  CHECK(svg.find(">all: 400 ms<") != std::string::npos);
  CHECK(svg.find(">update, 100 hosts") != std::string::npos);
  // 440 ms wide: 400 ms is at 10/11 of 720 points behind the left edge; everybody is at the top
  CHECK(svg.find("H714.5V50.0") != std::string::npos);
}

TEST_CASE("thousands of members make no longer path than there are points") {
  Settings settings;
  std::vector<Duration> times;
  for (int i = 0; i < 100'000; ++i) times.push_back(std::chrono::microseconds(i * 10));
  CHECK(plot(settings, {of(times)}).size() < 40'000);
}

TEST_CASE("where nothing was measured the picture says so") {
  Settings settings;
  settings.scenario = "idle";
  const std::string svg = plot(settings, {Outcome{}});
  CHECK(svg.find("nothing was measured") != std::string::npos);
  CHECK(count(svg, "<path ") == 0);
}

TEST_CASE("nothing in the title ends it early") {
  Settings settings;
  settings.scenario = "a<b&c";
  CHECK(plot(settings, {Outcome{}}).find("a&lt;b&amp;c") != std::string::npos);
}

}  // namespace
}  // namespace smeg::simulator
