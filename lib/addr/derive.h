// The addresses of a mesh and its members, which anyone can verify from public values.
#pragma once

#include "addr/ip.h"
#include "crypto/crypto.h"

namespace smeg::addr {

// How often a member's address may be drawn anew after a clash: counts are 0 to kAddressCounts - 1.
inline constexpr unsigned kAddressCounts = 3;

// fd, 56 bits of a hash of the mesh id, as a /64 (RFC 4193 section 3.1: a locally assigned prefix).
Prefix mesh_prefix(const MeshId& mesh);
// The mesh's prefix and 64 bits of a hash of mesh id, identity key and count.
IpAddress member_address(const MeshId& mesh, const crypto::IdentityKey& key, unsigned count);
// The mesh's prefix and 64 bits of a hash of mesh id, the identity key of the member that sponsors the guest, and the
// guest's WireGuard key: nobody else can announce a guest at that address, nor can the sponsor announce another there.
IpAddress guest_address(const MeshId& mesh, const crypto::IdentityKey& sponsor, const crypto::WgPublicKey& guest);

}  // namespace smeg::addr
