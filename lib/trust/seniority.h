// Who comes first where two want the same. Never by key: keys can be ground.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "crypto/crypto.h"
#include "trust/statement.h"

namespace smeg::trust {

using CertificateHash = ByteArray<32>;

// The lesser is the more senior.
struct Seniority {
  DelegationNumber delegation;
  CertificateNumber number;

  friend auto operator<=>(const Seniority&, const Seniority&) = default;
};

// What one member of a mesh lays claim to.
struct Claim {
  crypto::IdentityKey identity;
  Seniority seniority;
  CertificateHash certificate{};
  addr::IpAddress address;
  std::string alias;           // the granted one, or else the claimed one; may be empty
  bool alias_granted = false;  // by the certificate
};

// What it gets. Where it lost, the identity that has it instead.
struct Verdict {
  std::optional<crypto::IdentityKey> number_lost_to;  // its certificate does not count, and it is not a member
  std::optional<crypto::IdentityKey> address_lost_to;
  std::optional<crypto::IdentityKey> alias_lost_to;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Settles every clash among the members of a mesh; verdicts are in the order of the claims, and the same for any order
// of them. One claim for an identity. Two certificates of one number: the lower hash counts, and the other claims
// nothing. One address: the more senior. One alias: a granted one beats a claimed one, then the more senior.
std::vector<Verdict> settle(std::span<const Claim> claims);

// Remembers which certificate has which number, for callers that see certificates one at a time. Holds at most
// limits::kNumbersSeen; beyond that the most junior are forgotten.
class NumberBook {
 public:
  // Takes note of a certificate that Ledger::check accepted. Gives the hash that no longer counts, if two now have one
  // number: this one's, or the other's.
  std::optional<CertificateHash> note(const Seniority& seniority, const CertificateHash& hash);
  // False where a certificate of this number with a lower hash was seen.
  bool counts(const Seniority& seniority, const CertificateHash& hash) const;
  // The highest number seen of a delegation; 0 for none.
  CertificateNumber highest(DelegationNumber delegation) const;

 private:
  std::map<Seniority, CertificateHash> lowest_;
};

}  // namespace smeg::trust
