// How much the daemon writes to its log.
#pragma once

#include <string_view>

#include "base/base.h"

namespace smeg::control {

enum class LogLevel { debug, info, warning, error };

std::string_view name(LogLevel level);  // "debug" ...
Result<LogLevel> parse_log_level(std::string_view text);

}  // namespace smeg::control
