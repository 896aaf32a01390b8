// Where a peer is, and from which of our own addresses it is reached.
#pragma once

#include <optional>

#include "addr/addr.h"
#include "wireguard/flag_lock.h"

namespace smeg::wireguard {

struct PeerTag {};
// A peer of a device; never used again for another one while the device lives.
using PeerId = StrongId<PeerTag>;

struct Path {
  addr::Endpoint remote;
  // The address that the peer's last authentic datagram came in on, so that an answer leaves from there ("sticky
  // source"); "::" where the kernel is to choose.
  addr::IpAddress source;
  // Index of the interface of the source; 0 where the kernel is to choose. A link-local remote is reached over it.
  std::uint32_t interface = 0;

  void forget_source() {
    source = {};
    if (!remote.address.is_link_local()) interface = 0;
  }
  friend bool operator==(const Path&, const Path&) = default;
};

// Where a peer is now, shared by all threads: whoever gets an authentic message sets it, before the packet in it is
// passed on, so that the answer leaves for where the peer is, from the address that it asked. The lock is held for the
// length of a copy; the workers take it once a batch and peer.
class PeerPath {
 public:
  // Empty: its endpoint isn't known.
  std::optional<Path> get() const {
    const FlagLock lock(busy_);
    return path_;
  }
  void set(const Path& path) {
    const FlagLock lock(busy_);
    path_ = path;
  }
  // An endpoint that was chosen for it, with the interface that a link-local one is reached over: the source stays
  // where that is the one it has.
  void set_remote(const addr::Endpoint& remote, std::uint32_t interface) {
    const FlagLock lock(busy_);
    const bool same = path_ && path_->remote == remote && (interface == 0 || path_->interface == interface);
    if (!same) path_ = Path{remote, {}, interface};
  }
  void forget_source() {
    const FlagLock lock(busy_);
    if (path_) path_->forget_source();
  }
  // Only where it is still that one.
  void forget_source_of(const Path& path) {
    const FlagLock lock(busy_);
    if (path_ == path) path_->forget_source();
  }

 private:
  mutable std::atomic_flag busy_;
  std::optional<Path> path_;
};

}  // namespace smeg::wireguard
