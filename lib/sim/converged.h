// A mesh that has been there for a while.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sim/world.h"

namespace smeg::sim {

struct ConvergedOptions {
  std::size_t members = 1;
  std::size_t clients = 0;  // of them, the last ones
  bool tunnels = false;  // their records name WireGuard keys and ports; else they are as of hosts with the backend stub
  std::function<HostOptions(std::size_t)> host = [](std::size_t) { return HostOptions{}; };  // by its number
};

struct ConvergedMesh {
  MeshId mesh;
  std::vector<HostIndex> hosts;  // the founder first; not started
  struct Member {
    crypto::IdentityKey identity;
    addr::IpAddress address;
    crypto::IdentityPrivateKey key;  // for whoever plays a member that misbehaves
    Bytes certificate;
    std::optional<crypto::WgPublicKey> tunnel;
  };
  std::vector<Member> members;  // as hosts
};

// Adds hosts whose disks hold what they would after running together, and stopping all at once: a mesh founded by the
// first, the others admitted by one invite, a signed record of each in everybody's cache. All of it is made by the code
// that makes it in a running mesh, with keys from the seed; the hosts start from these files like any others. Fails
// only as that code does, for impossible options.
Result<ConvergedMesh> add_converged(World& world, const ConvergedOptions& options, std::uint64_t seed);

// Likewise several meshes, with hosts that are in more than one of them. What bridges tell each other of other meshes
// is not on their disks: that takes a while after the start.
struct ConvergedMeshesOptions {
  std::vector<std::vector<std::size_t>> meshes;  // the members of each, by the host's number; each founded by its first
  std::function<HostOptions(std::size_t)> host = [](std::size_t) { return HostOptions{}; };  // by its number
};

// All hosts have tunnels. The hosts are numbered from 0 in the order in which they are added.
Result<std::vector<ConvergedMesh>> add_converged(World& world, const ConvergedMeshesOptions& options,
                                                 std::uint64_t seed);

// What another host has in its cache of a mesh, on the disk of a host that is not running: as if they had met just
// before. Nothing where the other has none.
void share_cache(World& world, HostIndex from, HostIndex to, const MeshId& mesh);

}  // namespace smeg::sim
