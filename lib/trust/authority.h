// The secret side of the root of a mesh.
#pragma once

#include <string>
#include <vector>

#include "trust/genesis.h"
#include "trust/item.h"
#include "trust/ledger.h"

namespace smeg::trust {

// Signs what only the root may say. Held by the founder until it is exported and kept off the host. Called by the core;
// every call that signs first makes sure that the ledger knows this root as the newest, and fails with expired if
// another has succeeded it (an old copy is worth nothing) or unavailable if the ledger is behind. The caller applies
// the items to its ledger, persists, and only then publishes. Never printed, never in an error.
class RootAuthority {
 public:
  static RootAuthority create(KeySource& secrets);

  const Genesis& genesis() const { return genesis_; }
  MeshId mesh() const { return genesis_.mesh_id(); }
  RootIndex index() const { return index_; }
  crypto::RootKey key() const { return crypto::signing_public_key(root_); }

  // Fails as described above, or with conflict for the ledger of another mesh.
  Result<void> check(const Ledger& ledger) const;

  // The number of the delegation is chosen here.
  Result<Item> delegate(const Ledger& ledger, Delegation delegation) const;
  // From here on certificates of that delegation above last_honoured are void, and so is every removal that the
  // delegate signed: those known to the ledger are signed anew by the root. Apply the items in this order.
  Result<std::vector<Item>> revoke_delegation(const Ledger& ledger, DelegationNumber delegation,
                                              CertificateNumber last_honoured) const;
  // Raises the epoch by one: voids every certificate there is, and every removal but bans. Members must be admitted
  // anew.
  Result<Item> raise_floor(const Ledger& ledger) const;
  // up_to is ignored for a ban. delegation 0: whoever admitted it.
  Result<Item> revoke(const Ledger& ledger, const crypto::IdentityKey& identity, Incarnation up_to, bool ban,
                      DelegationNumber delegation = {}) const;
  // Hands over to the next key, draws one more, and signs again what is in force. Afterwards this object is the new
  // root: persist it before anything of the result is published. Apply the items in this order.
  Result<std::vector<Item>> rotate(const Ledger& ledger, KeySource& secrets);

  // Text, encrypted.
  std::string export_sealed(const crypto::SealingKey& key, KeySource& secrets) const;
  // Fails with unauthenticated for the key of a wrong passphrase or a changed file, malformed for another kind of file.
  static Result<RootAuthority> import_sealed(std::string_view sealed, const crypto::SealingKey& key);

  // For the host's own state file: secret.
  Bytes encode() const;
  static Result<RootAuthority> decode(ByteView bytes);

 private:
  RootAuthority() = default;
  Result<Item> sign(const Ledger& ledger, const Statement& statement) const;
  Item sign_payload(ByteView payload) const;

  Genesis genesis_;
  RootIndex index_{};
  crypto::RootPrivateKey root_;
  crypto::RootPrivateKey next_;
};

}  // namespace smeg::trust
