// WireGuard devices of the kernel's own.
#pragma once

#include <optional>

#include "netlink/socket.h"

namespace smeg::netlink {

// Job: asks and configures the kernel's WireGuard devices, by generic netlink. Caller: Host, on its thread; each
// request is bounded by the timeout. Fails by Result: unsupported where the kernel has no WireGuard, not_found where
// the link isn't there.
class KernelDevices {
 public:
  explicit KernelDevices(std::chrono::milliseconds timeout) : timeout_(timeout) {}

  Result<wireguard::DeviceStatus> get(LinkIndex link);
  // A change too large for one request is not carried out in one step; where it fails, its beginning stays done.
  Result<void> set(LinkIndex link, const wireguard::DeviceConfig& config);

 private:
  // Opens the socket and asks for the family, once.
  Result<RequestSocket*> connect();

  std::chrono::milliseconds timeout_;
  std::optional<RequestSocket> socket_;
  FamilyId family_;
};

// Whether the kernel's WireGuard works here: makes a device, asks it what it is, and removes it. Fails with the reason,
// in words like "the kernel has no WireGuard (Operation not supported)".
Result<void> try_kernel_wireguard(RequestSocket& requests, KernelDevices& devices);

}  // namespace smeg::netlink
