#include "progress.h"

#include <fmt/format.h>

#include <ostream>

#include "process.h"

namespace smeg::simulator {
namespace {

constexpr Duration kSilence = std::chrono::seconds(1);
constexpr Duration kOnTerminal = std::chrono::milliseconds(200);
constexpr Duration kElsewhere = std::chrono::seconds(10);

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void Progress::begin(std::string run) {
  run_ = std::move(run);
  began_ = wall_now();
  written_ = began_ + kSilence - (terminal_ ? kOnTerminal : kElsewhere);
}

void Progress::phase(std::string what) { phase_ = std::move(what); }

void Progress::update(Instant now, std::size_t known, std::size_t of) {
  if (quiet_) return;
  const Duration wall = wall_now();
  if (wall < written_ + (terminal_ ? kOnTerminal : kElsewhere)) return;
  written_ = wall;
  const std::string share = of > 0 ? fmt::format(", {} of {}", known, of) : std::string();
  const std::string line = fmt::format("{}: {}, {:.1f} s simulated, {:.0f} s{}", run_, phase_,
                                       seconds(now.time_since_epoch()), seconds(wall - began_), share);
  err_ << (terminal_ ? "\r\x1b[K" : "") << line << (terminal_ ? "" : "\n") << std::flush;
  shown_ = true;
}

void Progress::end() {
  if (shown_ && terminal_) err_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace smeg::simulator
