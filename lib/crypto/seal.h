// Encryption of a small file with a passphrase: Argon2id and XChaCha20-Poly1305.
#pragma once

#include <string>

#include "crypto/secret.h"

namespace smeg::crypto {

// The text form begins with "smegmesh-sealed-1" and names its cost, so that it can be raised later.
std::string seal_with_passphrase(ByteView secret, std::string_view passphrase, KeySource& source);
// Fails with unauthenticated for a wrong passphrase or a changed file, malformed for anything else.
Result<Bytes> open_with_passphrase(std::string_view sealed, std::string_view passphrase);

}  // namespace smeg::crypto
