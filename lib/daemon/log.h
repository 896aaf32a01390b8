// The log of smegd: lines on standard error, as journald reads them where it is listening.
#pragma once

#include <string_view>

#include "config/config.h"

namespace smeg::daemon {

// Sets where and from which level on. Before that, everything from info on is written. Once, at the start.
void start_log(config::LogLevel least);
// From now on. Any thread.
void set_log_level(config::LogLevel least);
// Any thread. Texts hold no secrets; line breaks and control characters in them come out as '?', for parts of a text
// may be a stranger's.
void log(config::LogLevel level, std::string_view text);

inline void log_debug(std::string_view text) { log(config::LogLevel::debug, text); }
inline void log_info(std::string_view text) { log(config::LogLevel::info, text); }
inline void log_warning(std::string_view text) { log(config::LogLevel::warning, text); }
inline void log_error(std::string_view text) { log(config::LogLevel::error, text); }
// "message (hint)", and "WHAT: message (hint)"
void log_error(const Error& error);
void log_error(std::string_view what, const Error& error);

}  // namespace smeg::daemon
