// What this program calls itself.
#pragma once

#include <string_view>

namespace smeg {

// The project's version in CMakeLists.txt.
inline constexpr std::string_view kVersion = SMEG_VERSION;

}  // namespace smeg
