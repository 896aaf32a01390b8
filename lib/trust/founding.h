// The founding of a mesh.
#pragma once

#include <string>

#include "trust/authority.h"
#include "trust/certificate.h"
#include "trust/issuer.h"
#include "trust/ledger.h"

namespace smeg::trust {

// What a founder has.
struct Founding {
  RootAuthority authority;
  Ledger ledger;
  Issuer issuer;
  Certificate certificate;
};

// A new mesh: root, delegation to its founder, the founder's certificate. The identity key follows from the host's seed
// and the new mesh id (crypto::derive_identity). Fails with invalid for an impossible alias.
Result<Founding> found_mesh(const crypto::Secret<32>& host_seed, KeySource& secrets, std::string alias = {},
                            Role role = Role::peer);

}  // namespace smeg::trust
