// Encryption of a small file with a passphrase: Argon2id (RFC 9106) and XChaCha20-Poly1305.
#pragma once

#include <string>

#include "crypto/secret.h"

namespace smeg::crypto {

// What it costs to try one passphrase.
struct SealCost {
  std::uint32_t passes = 3;               // at least 1
  std::uint32_t memory_kib = 64 * 1'024;  // at least 8

  friend bool operator==(const SealCost&, const SealCost&) = default;
};

// The text form is one line, "smegmesh-sealed-1 PASSES MEMORY-KIB BASE64": it names its cost, so that the default can
// be raised later. Takes about a tenth of a second, and memory_kib of memory for as long; empty where that is not to be
// had.
std::string seal_with_passphrase(ByteView secret, std::string_view passphrase, KeySource& source,
                                 const SealCost& cost = {});
// Surrounding white space does not matter. Fails with
//   unauthenticated  a wrong passphrase, or a changed file
//   unsupported      a later version, or a cost above the limits of this program
//   too_large        longer than limits::kSealedBytes
//   unavailable      not enough memory
//   malformed        anything else
Result<Bytes> open_with_passphrase(std::string_view sealed, std::string_view passphrase);

}  // namespace smeg::crypto
