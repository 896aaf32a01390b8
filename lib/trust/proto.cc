#include "trust/proto.h"

#include <algorithm>

namespace smeg::trust::proto {

void set_prefix(const addr::Prefix& prefix, wire::Prefix& out) {
  set_bytes(*out.mutable_address(), prefix.address().view());
  out.set_length(prefix.length());
}

Result<addr::Prefix> get_prefix(const wire::Prefix& prefix) {
  const auto address = addr::IpAddress::from(as_bytes(prefix.address()));
  if (!address || prefix.length() > address->bits()) return fail(Code::malformed, "an impossible prefix");
  const addr::Prefix out(*address, prefix.length());
  if (out.address() != *address) return fail(Code::malformed, "a prefix with bits set behind its length");
  return out;
}

std::uint64_t to_seconds(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return seconds > 0 ? static_cast<std::uint64_t>(seconds) : 0;
}

// What lies beyond the years that RFC 3339 can write is the last second of them.
WallTime from_seconds(std::uint64_t seconds) {
  constexpr std::uint64_t kEndOfYear9999 = 253'402'300'799;
  return WallTime(std::chrono::seconds(std::min(seconds, kEndOfYear9999)));
}

wire::Role set_role(Role role) {
  switch (role) {
    case Role::peer: return wire::ROLE_PEER;
    case Role::client: return wire::ROLE_CLIENT;
  }
  return wire::ROLE_UNSPECIFIED;
}

std::optional<Role> get_role(int role) {
  if (role == wire::ROLE_PEER) return Role::peer;
  if (role == wire::ROLE_CLIENT) return Role::client;
  return std::nullopt;
}

void set_genesis(const Genesis& genesis, wire::Genesis& out) {
  out.set_format(Genesis::kFormat);
  set_bytes(*out.mutable_root_key(), genesis.root_key.bytes);
  set_bytes(*out.mutable_next_root_hash(), genesis.next_root_hash);
}

Result<Genesis> get_genesis(const wire::Genesis& genesis) {
  if (genesis.format() > Genesis::kFormat)
    return fail(Code::unsupported, "the mesh is of a later version", "upgrade this host");
  Genesis out;
  if (genesis.format() != Genesis::kFormat || !get_bytes(genesis.root_key(), out.root_key.bytes) ||
      !get_bytes(genesis.next_root_hash(), out.next_root_hash))
    return fail(Code::malformed, "not the genesis of a mesh");
  return out;
}

}  // namespace smeg::trust::proto
