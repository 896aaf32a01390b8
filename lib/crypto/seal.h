// Encryption of a small file with a passphrase: Argon2id (RFC 9106) and XChaCha20-Poly1305. In two steps, since the
// first takes long: a passphrase becomes a SealingKey, which seals and opens.
#pragma once

#include <string>

#include "crypto/secret.h"

namespace smeg::crypto {

inline constexpr std::size_t kSaltBytes = 16;

// What it costs to try one passphrase.
struct SealCost {
  std::uint32_t passes = 3;               // at least 1
  std::uint32_t memory_kib = 64 * 1'024;  // at least 8

  friend bool operator==(const SealCost&, const SealCost&) = default;
};

// How a passphrase becomes a key. Not secret: it stands at the head of what the key seals.
struct SealRecipe {
  SealCost cost;
  ByteArray<kSaltBytes> salt{};

  static SealRecipe draw(KeySource& source, const SealCost& cost = {});
  // Of a sealed file. Fails as open() does, but for unauthenticated.
  static Result<SealRecipe> of(std::string_view sealed);

  friend bool operator==(const SealRecipe&, const SealRecipe&) = default;
};

// The key that a passphrase gives. Whoever has it opens what it has sealed, and no other passphrase than that one can
// be tried with it.
class SealingKey {
 public:
  SealingKey() = default;  // of nothing: for a place that is still to be filled
  // Takes about a tenth of a second at the default cost, and memory_kib of memory for as long. Fails with invalid for
  // an empty passphrase, unavailable where there is not enough memory.
  static Result<SealingKey> derive(std::string_view passphrase, const SealRecipe& recipe);

  // "smegmesh-key-1 PASSES MEMORY-KIB BASE64", the bytes being the salt and the key: secret. parse() fails as open()
  // does.
  std::string expose_text() const;
  static Result<SealingKey> parse(std::string_view text);

  const SealRecipe& recipe() const { return recipe_; }
  const Secret<32>& key() const { return key_; }

  friend bool operator==(const SealingKey&, const SealingKey&) = default;

 private:
  SealRecipe recipe_;
  Secret<32> key_;
};

// One line, "smegmesh-sealed-1 PASSES MEMORY-KIB BASE64": it names its cost, so that the default can be raised later.
std::string seal(ByteView secret, const SealingKey& key, KeySource& source);
// Surrounding white space does not matter. Fails with
//   unauthenticated  the key of a wrong passphrase, or a changed file
//   unsupported      a later version, or a cost above the limits of this program
//   too_large        longer than limits::kSealedBytes
//   malformed        anything else
Result<Bytes> open(std::string_view sealed, const SealingKey& key);

}  // namespace smeg::crypto
