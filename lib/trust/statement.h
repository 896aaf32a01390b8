// What only the root of a mesh may say.
#pragma once

#include <cstdint>
#include <limits>
#include <variant>

#include "base/base.h"
#include "crypto/crypto.h"
#include "trust/grant.h"

namespace smeg::trust {

using DelegationNumber = StrongId<struct DelegationTag, std::uint64_t>;    // at least 1; lower is more senior
using CertificateNumber = StrongId<struct CertificateTag, std::uint64_t>;  // at least 1, counted by each delegate
using Incarnation = StrongId<struct IncarnationTag, std::uint64_t>;        // at least 1; each admission raises it
using Epoch = StrongId<struct EpochTag, std::uint64_t>;                    // of the mesh: raised by a floor, 0 at first
inline constexpr Incarnation kEveryIncarnation{std::numeric_limits<std::uint64_t>::max()};
inline constexpr std::uint64_t kUnlimitedCertificates = std::numeric_limits<std::uint64_t>::max();

// This member may admit others, within these powers.
struct Delegation {
  DelegationNumber number;
  crypto::IdentityKey identity;
  Powers powers;
  bool may_admit = true;
  std::uint64_t max_certificates = kUnlimitedCertificates;  // the highest number that is honoured

  friend bool operator==(const Delegation&, const Delegation&) = default;
};

struct DelegationRevocation {
  DelegationNumber delegation;
  CertificateNumber last_honoured;  // 0: nothing the delegate ever signed

  friend bool operator==(const DelegationRevocation&, const DelegationRevocation&) = default;
};

// Voids certificates and removals (but bans) of earlier epochs.
struct Floor {
  Epoch epoch;

  friend bool operator==(const Floor&, const Floor&) = default;
};

// Takes membership back. Signed by a delegate it covers what that delegation admitted; signed by the root, what
// `delegation` names, or everything where that is 0. A delegate has no say over those whom others admitted.
struct Revocation {
  crypto::IdentityKey identity;
  Incarnation up_to;  // kEveryIncarnation with a ban
  bool ban = false;   // for good; outlives every floor
  DelegationNumber delegation;
  Epoch epoch;  // of the mesh when it was signed

  friend bool operator==(const Revocation&, const Revocation&) = default;
};

// A kind that a later version brought: kept and handed on, without meaning here.
struct UnknownStatement {
  friend bool operator==(const UnknownStatement&, const UnknownStatement&) = default;
};

using Statement = std::variant<Delegation, DelegationRevocation, Floor, Revocation, UnknownStatement>;

// The payload that is signed. At most limits::kStatementBytes for whatever passes decode_statement.
Bytes encode_statement(const Statement& statement);
// Fails with malformed, too_large or invalid (a value that no root would sign).
Result<Statement> decode_statement(ByteView payload);

}  // namespace smeg::trust
