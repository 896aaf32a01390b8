#include "base/time.h"

#include <cstdio>

namespace smeg {

std::string to_rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto seconds_since = floor<seconds>(time.time_since_epoch());
  const auto days_since = floor<days>(seconds_since);
  const year_month_day date{sys_days{days_since}};
  const hh_mm_ss clock{seconds_since - days_since};
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace smeg
