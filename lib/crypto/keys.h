// Key types. Each kind of key is a type of its own, so that none is taken for another.
#pragma once

#include <compare>
#include <functional>

#include "crypto/secret.h"

namespace smeg::crypto {

// 32 public bytes, ordered as unsigned bytes.
template <class Tag>
struct PublicKey {
  ByteArray<32> bytes{};

  static Result<PublicKey> from(ByteView view) {
    if (view.size() != 32) return fail(Code::malformed, "a public key is 32 bytes long");
    PublicKey key;
    std::copy(view.begin(), view.end(), key.bytes.begin());
    return key;
  }
  ByteView view() const { return bytes; }

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.bytes == b.bytes; }
  // Keys are spread evenly, so the first eight bytes decide nearly always.
  friend std::strong_ordering operator<=>(const PublicKey& a, const PublicKey& b) {
    const auto first = load_be<std::uint64_t>(a.bytes.data()) <=> load_be<std::uint64_t>(b.bytes.data());
    return first != 0 ? first : a.bytes <=> b.bytes;
  }
};

// 32 secret bytes: an Ed25519 seed or a Curve25519 scalar, by Tag.
template <class Tag>
class PrivateKey : public Secret<32> {
 public:
  using Secret<32>::Secret;
  PrivateKey() = default;
  explicit PrivateKey(const Secret<32>& secret) : Secret<32>(secret) {}
};

// Ed25519 keys
struct IdentityTag {};  // a host in one mesh
struct RootTag {};      // the root of a mesh
struct InviteTag {};    // an invite
using IdentityKey = PublicKey<IdentityTag>;
using IdentityPrivateKey = PrivateKey<IdentityTag>;
using RootKey = PublicKey<RootTag>;
using RootPrivateKey = PrivateKey<RootTag>;
using InviteKey = PublicKey<InviteTag>;
using InvitePrivateKey = PrivateKey<InviteTag>;

// Curve25519 keys of WireGuard
struct WgTag {};
using WgPublicKey = PublicKey<WgTag>;
using WgPrivateKey = PrivateKey<WgTag>;

// A WireGuard pre-shared key; all zero means none.
struct PresharedTag {};
using PresharedKey = PrivateKey<PresharedTag>;

}  // namespace smeg::crypto

template <class Tag>
struct std::hash<smeg::crypto::PublicKey<Tag>> {
  std::size_t operator()(const smeg::crypto::PublicKey<Tag>& key) const noexcept {
    return std::hash<std::string_view>{}(smeg::as_text(key.bytes));
  }
};
