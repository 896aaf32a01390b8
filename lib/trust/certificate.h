// The certificate of a member: X.509 with Ed25519, with the rights in a private extension.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "crypto/crypto.h"
#include "trust/grant.h"
#include "trust/seniority.h"
#include "trust/statement.h"

namespace smeg::trust {

// What the issuer grants. Everything but identity, address and number, which stand in the certificate proper.
struct Rights {
  static constexpr std::uint32_t kFormat = 1;

  MeshId mesh;
  Incarnation incarnation;
  unsigned address_count = 0;  // below addr::kAddressCounts
  std::string alias;           // may be empty
  Role role = Role::peer;
  std::vector<addr::Prefix> prefixes;  // at most limits::kPrefixesPerCertificate
  DelegationNumber delegation;
  Epoch epoch;
  std::optional<crypto::InviteKey> invite;  // none for a founder
  std::uint32_t use = 0;                    // which use of the invite, from 1

  Bytes encode() const;
  static Result<Rights> decode(ByteView bytes);

  friend bool operator==(const Rights&, const Rights&) = default;
};

// A well-formed certificate. That it is well-formed says nothing about who may be in: Ledger::check does.
class Certificate {
 public:
  // Fails with too_large, malformed, unsupported (a later format) or invalid (parts of it contradict one another).
  // Does not check the signature.
  static Result<Certificate> parse(ByteView der);
  // rights is Rights::encode(), or bytes that decode to it. Fails with invalid for what parse would refuse.
  static Result<Certificate> make(const crypto::IdentityKey& identity, CertificateNumber number, ByteView rights,
                                  const crypto::IdentityPrivateKey& issuer);

  const crypto::IdentityKey& identity() const { return identity_; }
  const crypto::IdentityKey& issuer() const { return issuer_; }
  CertificateNumber number() const { return number_; }
  const addr::IpAddress& address() const { return address_; }
  const Rights& rights() const { return rights_; }
  Incarnation incarnation() const { return rights_.incarnation; }
  Seniority seniority() const { return {rights_.delegation, number_}; }
  const CertificateHash& hash() const { return hash_; }
  ByteView der() const { return der_; }

  // Whether that key signed it.
  bool signed_by(const crypto::IdentityKey& key) const;

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der_ == b.der_; }

 private:
  Certificate() = default;

  crypto::IdentityKey identity_;
  crypto::IdentityKey issuer_;
  CertificateNumber number_;
  addr::IpAddress address_;
  Rights rights_;
  CertificateHash hash_{};
  Bytes der_;
};

// What a host presents that has no certificate yet: signed by itself, it shows an identity key and nothing else. DER.
Bytes make_join_certificate(const crypto::IdentityPrivateKey& key);
// The key in a certificate of either kind, without a judgement on anything else: what TLS has proved.
Result<crypto::IdentityKey> certificate_identity(ByteView der);

}  // namespace smeg::trust
