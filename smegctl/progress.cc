#include "progress.h"

#include <ostream>

namespace smeg::ctl {

Progress::~Progress() {
  if (shown_) around_.err << "\r\033[K" << std::flush;
}

void Progress::show() { draw(what_); }

void Progress::show(Duration waited) {
  draw(what_ + ' ' + std::to_string(std::chrono::floor<std::chrono::seconds>(waited).count()) + 's');
}

void Progress::draw(const std::string& line) {
  if (!around_.err_is_terminal) return;
  around_.err << '\r' << line << "\033[K" << std::flush;
  shown_ = true;
}

}  // namespace smeg::ctl
