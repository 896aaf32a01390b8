// rtnetlink, the kernel's WireGuard, engines and their UAPI sockets: how netstate's Plans are carried out and how the
// host is observed.
#pragma once

#include "netlink/host.h"
