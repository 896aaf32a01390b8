// The world outside: TLS sessions, files, UDP, TUN, the clock and the operating system's randomness.
#pragma once

#include "io/clock.h"
#include "io/descriptor.h"
#include "io/files.h"
#include "io/link.h"
#include "io/random.h"
#include "io/route.h"
#include "io/session.h"
#include "io/tun.h"
#include "io/udp.h"
#include "io/udp_receive.h"
#include "io/udp_send.h"
