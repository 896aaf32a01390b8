// What smeg-api says about itself.
#pragma once

#include <string_view>

namespace smeg::http {

enum class Level { warning, info };

// A line on standard error, with its priority where journald reads it (sd-daemon(3)). One thread.
void log(Level level, std::string_view text);

}  // namespace smeg::http
