// Datagrams from the kernel on a generic netlink socket: families, and WireGuard devices in parts.
#include <cstdlib>

#include "netlink/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const smeg::Bytes datagram(data, data + size);  // aligned, as a socket's buffer is
  auto messages = smeg::netlink::decode_generic(datagram);
  if (!messages) return 0;
  smeg::netlink::DeviceParts parts;
  for (auto& message : *messages) {
    auto* device = std::get_if<smeg::netlink::DeviceMessage>(&message.body);
    if (device && !parts.add(std::move(device->part))) std::abort();  // no datagram is that long
  }
  for (const auto& peer : parts.take().peers) {
    if (peer.last_handshake.count() < 0 || peer.persistent_keepalive.count() > 65'535) std::abort();
    for (const auto& prefix : peer.allowed_ips) {
      if (prefix.length() > prefix.address().bits()) std::abort();
    }
  }
  return 0;
}
