// The WireGuard protocol (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", NDSS 2017) without any I/O:
// Device for the control thread, ForwardingTable for the workers (datapath), and the userspace interface's codec.
#pragma once

#include "wireguard/config.h"
#include "wireguard/constants.h"
#include "wireguard/device.h"
#include "wireguard/events.h"
#include "wireguard/forwarding.h"
#include "wireguard/message.h"
#include "wireguard/timing.h"
#include "wireguard/uapi.h"
