// Nothing wrong here: std::thread in a comment, and text that only looks like code.
#pragma once

#include <string>
#include <tl/expected.hpp>

inline const char* harmless() { return "std::thread, clock_gettime(), \" #include <thread>"; }
inline constexpr int kSeparated = 16'384;
inline constexpr char kQuote = '"';
inline const char* raw() { return R"x(std::mutex " in a raw string)x"; }
/* std::chrono::steady_clock::now()
   getrandom() */
struct Timer {
  int now() const { return 0; }
  int time() const { return kSeparated; }
};
