// The world outside: TLS sessions, files, UDP, TUN, the clock and the operating system's randomness.
#pragma once

#include "io/files.h"
#include "io/session.h"
