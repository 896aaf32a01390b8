#include "trust/genesis.h"

#include "trust/domains.h"

namespace smeg::trust {
namespace {

template <std::size_t N>
std::optional<ByteArray<N>> from_text(std::string_view text) {
  const auto bytes = crypto::from_base32(text);
  if (!bytes || bytes->size() != N) return std::nullopt;
  ByteArray<N> out;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

}  // namespace

RootHash root_hash(const crypto::RootKey& key) { return crypto::hash<32>(domains::kNextRoot, {key.bytes}); }

MeshId Genesis::mesh_id() const {
  ByteArray<4> format;
  store_be<std::uint32_t>(format.data(), kFormat);
  return {crypto::hash<20>(domains::kGenesis, {format, root_key.bytes, next_root_hash})};
}

std::string to_text(const MeshId& mesh) { return crypto::to_base32(mesh.bytes); }

Result<MeshId> parse_mesh_id(std::string_view text) {
  const auto bytes = from_text<20>(text);
  if (!bytes)
    return fail(Code::malformed, "not a mesh id",
                "a mesh id is 32 letters and digits, as `smegctl mesh list` shows it");
  return MeshId{*bytes};
}

std::string sni_label(const MeshId& mesh) {
  return crypto::to_base32(crypto::hash<20>(domains::kSni, {mesh.bytes})) + ".smeg";
}

std::string to_text(const crypto::IdentityKey& key) { return crypto::to_base32(key.bytes); }

Result<crypto::IdentityKey> parse_identity_key(std::string_view text) {
  const auto bytes = from_text<32>(text);
  if (!bytes) return fail(Code::malformed, "not an identity key", "an identity key is 52 letters and digits");
  return crypto::IdentityKey{*bytes};
}

}  // namespace smeg::trust
