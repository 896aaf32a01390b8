// From which of this host's addresses a peer is answered.
#pragma once

#include <unordered_map>

#include "engine/worker.h"

namespace smeg::engine {

// Keeps to the address that the peer's last datagram came to for as long as what is sent from it leaves over the
// interface that it came in on, as the kernel's WireGuard does; otherwise the kernel is to choose. Asks the kernel's
// routing once for each path after a change of it. Each thread that sends has its own. Never fails: where the kernel
// can't be asked the address stays, and sending itself shows whether it can be used.
class SourceChooser {
 public:
  explicit SourceChooser(io::Routes routes) : routes_(std::move(routes)) {}

  // generation: Exchange::routes.
  io::UdpPath choose(const wireguard::Path& path, const Underlay& underlay, std::uint64_t generation);

 private:
  struct Hash {
    std::size_t operator()(const wireguard::Path& path) const noexcept;
  };
  bool keeps(const wireguard::Path& path, const Underlay& underlay, std::uint64_t generation);
  bool ask(const wireguard::Path& path, const Underlay& underlay);

  io::Routes routes_;
  std::uint64_t generation_ = 0;
  std::unordered_map<wireguard::Path, bool, Hash> kept_;  // as of that generation
};

}  // namespace smeg::engine
