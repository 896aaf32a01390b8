#include "addr/derive.h"

#include <algorithm>

namespace smeg::addr {

namespace {

// The first 8 bytes of the digest are the interface id.
IpAddress address_in(const MeshId& mesh, const ByteArray<32>& digest) {
  ByteArray<16> bytes;
  std::ranges::copy(mesh_prefix(mesh).address().view(), bytes.begin());
  std::copy_n(digest.begin(), 8, bytes.begin() + 8);
  return IpAddress::v6(bytes);
}

}  // namespace

Prefix mesh_prefix(const MeshId& mesh) {
  const auto digest = crypto::hash<32>("smegmesh mesh prefix 1", {mesh.bytes});
  ByteArray<16> bytes{0xfd};
  std::copy_n(digest.begin(), 7, bytes.begin() + 1);
  return {IpAddress::v6(bytes), 64};
}

IpAddress member_address(const MeshId& mesh, const crypto::IdentityKey& key, unsigned count) {
  const ByteArray<1> tail{static_cast<std::uint8_t>(count)};
  return address_in(mesh, crypto::hash<32>("smegmesh member address 1", {mesh.bytes, key.bytes, tail}));
}

IpAddress guest_address(const MeshId& mesh, const crypto::IdentityKey& sponsor, const crypto::WgPublicKey& guest) {
  return address_in(mesh, crypto::hash<32>("smegmesh guest address 1", {mesh.bytes, sponsor.bytes, guest.bytes}));
}

}  // namespace smeg::addr
