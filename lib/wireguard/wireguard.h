// The WireGuard protocol (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", NDSS 2017) without any I/O.
#pragma once

#include "wireguard/config.h"
#include "wireguard/uapi.h"
