// A mesh that has been there for a while.
#pragma once

#include <functional>
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
  };
  std::vector<Member> members;  // as hosts
};

// Adds hosts whose disks hold what they would after running together, and stopping all at once: a mesh founded by the
// first, the others admitted by one invite, a signed record of each in everybody's cache. All of it is made by the code
// that makes it in a running mesh, with keys from the seed; the hosts start from these files like any others. Fails
// only as that code does, for impossible options.
Result<ConvergedMesh> add_converged(World& world, const ConvergedOptions& options, std::uint64_t seed);

}  // namespace smeg::sim
