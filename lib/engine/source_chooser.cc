#include "engine/source_chooser.h"

namespace smeg::engine {
namespace {

constexpr std::size_t kPathsRemembered = limits::kWireguardPeers;  // then it begins anew

}  // namespace

std::size_t SourceChooser::Hash::operator()(const wireguard::Path& path) const noexcept {
  const std::hash<addr::IpAddress> of_address;
  const std::size_t place = std::size_t{path.remote.port} << 32 | path.interface;
  return of_address(path.remote.address) ^ (of_address(path.source) << 1) ^ std::hash<std::size_t>{}(place);
}

io::UdpPath SourceChooser::choose(const wireguard::Path& path, const Underlay& underlay, std::uint64_t generation) {
  io::UdpPath out = to_udp_path(path);
  // A link-local address is bound to its interface anyway.
  const bool free = out.local && !path.remote.address.is_link_local();
  if (free && !keeps(path, underlay, generation)) out.local.reset();
  return out;
}

bool SourceChooser::keeps(const wireguard::Path& path, const Underlay& underlay, std::uint64_t generation) {
  if (generation != generation_ || kept_.size() >= kPathsRemembered) kept_.clear();
  generation_ = generation;
  const auto known = kept_.find(path);
  if (known != kept_.end()) return known->second;
  return kept_.emplace(path, ask(path, underlay)).first->second;
}

bool SourceChooser::ask(const wireguard::Path& path, const Underlay& underlay) {
  const auto leaves = routes_.interface_for(to_udp_path(path), underlay.sockets->port(), underlay.mark);
  return !leaves || *leaves == path.interface;
}

}  // namespace smeg::engine
