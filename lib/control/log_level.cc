#include "control/log_level.h"

#include <array>

namespace smeg::control {

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "info";
}

Result<LogLevel> parse_log_level(std::string_view text) {
  for (const auto level : std::array{LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error})
    if (name(level) == text) return level;
  return fail(Code::invalid, "'" + std::string(text.substr(0, 16)) + "' is not a log level",
              "it is debug, info, warning or error");
}

}  // namespace smeg::control
