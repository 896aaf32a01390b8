#include "trust/founding.h"

namespace smeg::trust {

Result<Founding> found_mesh(const crypto::Secret<32>& host_seed, KeySource& secrets, std::string alias, Role role) {
  RootAuthority authority = RootAuthority::create(secrets);
  const MeshId mesh = authority.mesh();
  const auto key = crypto::derive_identity(host_seed, mesh.bytes);
  Ledger ledger(authority.genesis());
  const auto delegation = authority.delegate(ledger, Delegation{{}, crypto::signing_public_key(key), Powers::all()});
  if (!delegation) return fail(delegation.error());
  if (const auto applied = ledger.apply(*delegation); !applied) return fail(applied.error());
  Issuer issuer(mesh, key);
  auto certificate = issuer.issue_own(ledger, {}, std::move(alias), role);
  if (!certificate) return fail(certificate.error());
  return Founding{std::move(authority), std::move(ledger), std::move(issuer), *std::move(certificate)};
}

}  // namespace smeg::trust
