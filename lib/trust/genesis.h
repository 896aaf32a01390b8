// The beginning of a mesh, and the names that follow from it.
#pragma once

#include <string>

#include "base/base.h"
#include "crypto/crypto.h"

namespace smeg::trust {

// A commitment to the key of the next root: the key itself stays unknown until it is needed.
using RootHash = ByteArray<32>;
RootHash root_hash(const crypto::RootKey& key);

struct Genesis {
  static constexpr std::uint32_t kFormat = 1;

  crypto::RootKey root_key;
  RootHash next_root_hash{};

  // 160 bits of a hash over {format, root key, hash of the next root key}.
  MeshId mesh_id() const;

  friend bool operator==(const Genesis&, const Genesis&) = default;
};

// 32 characters of lower-case base32.
std::string to_text(const MeshId& mesh);
// Either case; fails with malformed.
Result<MeshId> parse_mesh_id(std::string_view text);

// The name by which a session of this mesh is asked for in TLS: "<32 characters>.smeg". Does not reveal the mesh id to
// who listens, and is the same for all members.
std::string sni_label(const MeshId& mesh);

// 52 characters of lower-case base32.
std::string to_text(const crypto::IdentityKey& key);
Result<crypto::IdentityKey> parse_identity_key(std::string_view text);

}  // namespace smeg::trust
