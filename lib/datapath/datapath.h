// The path of packets, batch by batch, pure: WireGuard's sessions and allowed-ips applied to what the shell read.
// An egress worker:  read TUN, adopt the newest table, Outbound::process, send groups(), write replies(), post events.
// An ingress worker: read UDP, adopt the newest table, Inbound::process, write packets(), post handshakes and events.
#pragma once

#include "datapath/icmp.h"
#include "datapath/inbound.h"
#include "datapath/outbound.h"
#include "datapath/packet.h"
