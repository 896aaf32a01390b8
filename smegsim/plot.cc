#include "plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace smeg::simulator {
namespace {

constexpr double kWidth = 800;
constexpr double kHeight = 420;
constexpr double kLeft = 60;
constexpr double kRight = 20;
constexpr double kTop = 50;
constexpr double kBottom = 50;
constexpr int kTimeTicks = 8;  // at most
constexpr double kStepsOfATick[] = {1, 2, 5, 10};

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

// Text between tags: nothing in it ends it early.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

// From milliseconds and shares to the place on the sheet.
struct Axes {
  double longest = 1;

  double x(double ms) const { return kLeft + (kWidth - kLeft - kRight) * ms / longest; }
  double y(double share) const { return kHeight - kBottom - (kHeight - kTop - kBottom) * share; }
  double tick() const {
    const double least = longest / kTimeTicks;
    const double power = std::pow(10, std::floor(std::log10(least)));
    for (const double step : kStepsOfATick)
      if (step * power >= least) return step * power;
    return 10 * power;
  }
};

std::string line(double x1, double y1, double x2, double y2, std::string_view style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2, style);
}
std::string text(double x, double y, std::string_view anchor, const std::string& what) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, escaped(what));
}

std::string grid(const Axes& axes) {
  constexpr std::string_view kThin = "stroke=\"#ddd\"";
  std::string out;
  for (int percent = 0; percent <= 100; percent += 20) {
    const double y = axes.y(percent / 100.0);
    out += line(kLeft, y, kWidth - kRight, y, kThin);
    out += text(kLeft - 8, y + 4, "end", fmt::format("{} %", percent));
  }
  for (double ms = 0; ms <= axes.longest; ms += axes.tick()) {
    out += line(axes.x(ms), axes.y(0), axes.x(ms), axes.y(1), kThin);
    out += text(axes.x(ms), kHeight - kBottom + 18, "middle", fmt::format("{:g}", ms));
  }
  return out + text(kWidth / 2, kHeight - 10, "middle", "ms since it happened");
}

// A step up at each time.
std::string curve(const Axes& axes, const Outcome& outcome) {
  std::string path = fmt::format("M{:.1f} {:.1f}", axes.x(0), axes.y(0));
  const double step = 1.0 / static_cast<double>(std::max<std::size_t>(1, outcome.observers));
  double share = 0;
  double drawn = axes.y(0);
  for (const Duration time : outcome.times) {
    share += step;
    // Less than half a pixel is not drawn: thousands of members make no longer file than dozens.
    if (drawn - axes.y(share) < 0.5 && time != outcome.times.back()) continue;
    drawn = axes.y(share);
    path += fmt::format("H{:.1f}V{:.1f}", axes.x(milliseconds(time)), drawn);
  }
  path += fmt::format("H{:.1f}", kWidth - kRight);
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-opacity=\"0.6\" stroke-width=\"1.5\"/>\n",
                     path);
}

double worst(const std::vector<Outcome>& outcomes, unsigned percent) {
  double out = 0;
  for (const Outcome& outcome : outcomes) out = std::max(out, outcome.percentile_ms(percent));
  return out;
}

std::string marks(const Axes& axes, const std::vector<Outcome>& outcomes) {
  std::string out;
  for (const auto& [percent, label] : {std::pair{50u, "half"}, {99u, "99 %"}, {100u, "all"}}) {
    const double ms = worst(outcomes, percent);
    const double y = axes.y(percent / 100.0);
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"#b3261e\"/>\n", axes.x(ms), y);
    out += text(axes.x(ms) - 8, y + (percent == 99 ? 16 : -6), "end", fmt::format("{}: {:.0f} ms", label, ms));
  }
  return out;
}

}  // namespace

std::string plot(const Settings& settings, const std::vector<Outcome>& outcomes) {
  std::vector<Outcome> measured = outcomes;
  std::erase_if(measured, [](const Outcome& outcome) { return !outcome.measured; });
  const Axes axes{std::max(1.0, worst(measured, 100) * 1.1)};
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" height=\"{1:g}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth, kHeight);
  out += fmt::format("<g font-size=\"15\">{}</g>", text(kLeft, 24, "start", conditions(settings)));
  if (measured.empty()) return out + text(kLeft, kHeight / 2, "start", "nothing was measured") + "</svg>\n";
  out += grid(axes);
  for (const Outcome& outcome : measured) out += curve(axes, outcome);
  return out + marks(axes, measured) + "</svg>\n";
}

}  // namespace smeg::simulator
