#include "engine/log.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace smeg::engine {

LogLevel log_level_of(const char* text) {
  const std::string_view level = text ? text : "";
  if (level == "silent") return LogLevel::silent;
  if (level == "verbose" || level == "debug") return LogLevel::verbose;
  return LogLevel::error;
}

void Log::error(std::string_view what) const {
  if (level_ != LogLevel::silent) line("error", what);
}

void Log::error(const Error& what) const { error(what.hint.empty() ? what.message : what.message + "; " + what.hint); }

void Log::verbose(std::string_view what) const {
  if (level_ == LogLevel::verbose) line("debug", what);
}

void Log::line(std::string_view kind, std::string_view what) const {
  std::string text(kind);
  text.append(": (").append(interface_).append(") ").append(what).append("\n");
  // A pipe that is ready takes PIPE_BUF bytes at once: the control thread must not hang on whoever reads its log.
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1) return;
  const std::size_t size = std::min<std::size_t>(text.size(), PIPE_BUF);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), size);
}

}  // namespace smeg::engine
