// Where things are unless the configuration says otherwise; both the daemon and its clients look here.
#pragma once

#include <string_view>

namespace smeg {

inline constexpr std::string_view kDefaultControlSocket = "/run/smegmesh/control.sock";

}  // namespace smeg
