// How people point at a mesh or a member, and which one they mean.
#pragma once

#include <span>
#include <string>

#include "addr/addr.h"

namespace smeg::control {

// An id, a name, or a prefix of either that fits one mesh only. Empty: the only mesh there is.
struct MeshSelector {
  std::string text;

  friend bool operator==(const MeshSelector&, const MeshSelector&) = default;
};

// An alias, an address, an identity key, or a prefix of one of them that fits one member only. Never empty.
struct MemberSelector {
  std::string text;

  friend bool operator==(const MemberSelector&, const MemberSelector&) = default;
};

struct MeshChoice {
  MeshId id;
  std::string name;  // may be empty
};

struct MemberChoice {
  crypto::IdentityKey key;
  addr::IpAddress address;
  std::string alias;  // may be empty
};

// The index of the one that is meant. A whole id, key or address goes before a name or alias, and that before a prefix.
// Fails with not_found where none fits and with conflict where several do; the hint lists what there is to choose from.
Result<std::size_t> choose_mesh(std::span<const MeshChoice> choices, const MeshSelector& selector);
Result<std::size_t> choose_member(std::span<const MemberChoice> choices, const MemberSelector& selector);

// What two people read to each other to see that they mean the same key: six groups of four characters, which follow
// from a hash of it (120 bits).
std::string fingerprint(const crypto::IdentityKey& key);
// The index of the key that is meant: by its fingerprint, with or without the '-' in it, by itself, or by the beginning
// of either that fits one only. not_found and conflict as above.
Result<std::size_t> choose_request(std::span<const crypto::IdentityKey> choices, const std::string& text);

// Lower-case base32: 32 characters for a mesh id, 52 for a key.
std::string to_text(const MeshId& id);
Result<MeshId> parse_mesh_id(std::string_view text);
template <class Tag>
std::string to_text(const crypto::PublicKey<Tag>& key) {
  return crypto::to_base32(key.bytes);
}
// WireGuard's keys are base64, as everywhere.
inline std::string to_text(const crypto::WgPublicKey& key) { return crypto::to_base64(key.bytes); }
Result<crypto::WgPublicKey> parse_wg_key(std::string_view text);

}  // namespace smeg::control
