#include "addr/derive.h"

#include <doctest/doctest.h>

#include <set>

namespace smeg::addr {
namespace {

MeshId mesh(std::uint8_t first) {
  MeshId out;
  out.bytes[0] = first;
  return out;
}
crypto::IdentityKey key(std::uint8_t first) {
  crypto::IdentityKey out;
  out.bytes[0] = first;
  return out;
}

crypto::WgPublicKey wg_key(std::uint8_t first) {
  crypto::WgPublicKey out;
  out.bytes[0] = first;
  return out;
}

TEST_CASE("a mesh has a locally assigned /64, and another one another") {
  const Prefix prefix = mesh_prefix(mesh(1));
  CHECK(prefix.length() == 64);
  CHECK(Prefix::parse("fd00::/8")->contains(prefix));
  CHECK(mesh_prefix(mesh(1)) == prefix);
  CHECK(mesh_prefix(mesh(2)) != prefix);
}

TEST_CASE("a member's address lies in its mesh's prefix, and depends on mesh, key and count") {
  std::set<IpAddress> seen;
  for (const auto m : {std::uint8_t{1}, std::uint8_t{2}})
    for (const auto k : {std::uint8_t{1}, std::uint8_t{2}})
      for (unsigned count = 0; count < kAddressCounts; ++count) {
        const IpAddress address = member_address(mesh(m), key(k), count);
        CHECK(mesh_prefix(mesh(m)).contains(address));
        CHECK(member_address(mesh(m), key(k), count) == address);
        CHECK(seen.insert(address).second);
      }
}

TEST_CASE("a guest's address lies in its mesh's prefix, and depends on mesh, sponsor and key") {
  std::set<IpAddress> seen;
  for (const auto m : {std::uint8_t{1}, std::uint8_t{2}})
    for (const auto sponsor : {std::uint8_t{1}, std::uint8_t{2}})
      for (const auto guest : {std::uint8_t{1}, std::uint8_t{2}}) {
        const IpAddress address = guest_address(mesh(m), key(sponsor), wg_key(guest));
        CHECK(mesh_prefix(mesh(m)).contains(address));
        CHECK(guest_address(mesh(m), key(sponsor), wg_key(guest)) == address);
        CHECK(seen.insert(address).second);
      }
}

// A change here would give every member of every mesh another address.
TEST_CASE("addresses stay what they are") {
  CHECK(mesh_prefix(mesh(1)).to_string() == "fd03:928e:3f9a:537b::/64");
  CHECK(member_address(mesh(1), key(1), 0).to_string() == "fd03:928e:3f9a:537b:3092:89ed:8fea:b5ac");
  CHECK(guest_address(mesh(1), key(1), wg_key(1)).to_string() == "fd03:928e:3f9a:537b:d1d7:9502:7266:1d6a");
}

}  // namespace
}  // namespace smeg::addr
