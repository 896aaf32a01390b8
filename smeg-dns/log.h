// What smeg-dns has to say: lines on standard error.
#pragma once

#include <string>

#include "base/base.h"

namespace smeg::nameserver {

// Any thread. No client can make it speak: lines tell of the daemon and of sockets alone.
void log(const std::string& line);
void log(const std::string& what, const Error& error);

}  // namespace smeg::nameserver
