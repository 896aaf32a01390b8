// The client's side of an engine's UAPI socket.
#pragma once

#include <chrono>
#include <string>

#include "netlink/fd.h"
#include "wireguard/wireguard.h"

namespace smeg::netlink {

// Job: one connection to one engine. Caller: Host, on its thread; every call is bounded by its deadline. Fails with
// unavailable for no answer in time, or io with the engine's errno. Wipes what it sent and read.
class UapiConnection {
 public:
  // Fails with not_found where there is no socket or nobody listens on it.
  static Result<UapiConnection> open(const std::string& path, std::chrono::steady_clock::time_point deadline);

  // The process that listens: who it is can't be forged, but it may be gone by now. 0: of another process namespace.
  std::uint32_t process() const { return process_; }
  Result<wireguard::DeviceStatus> get(std::chrono::steady_clock::time_point deadline);
  Result<void> set(const wireguard::DeviceConfig& config, std::chrono::steady_clock::time_point deadline);

 private:
  UapiConnection(Fd fd, std::uint32_t process) : fd_(std::move(fd)), process_(process) {}
  Result<void> send(std::string_view request, std::chrono::steady_clock::time_point deadline);
  Result<wireguard::DeviceStatus> receive(std::chrono::steady_clock::time_point deadline);

  Fd fd_;
  std::uint32_t process_;
};

}  // namespace smeg::netlink
