// What each signature and hash of this module is for. A signature made for one purpose never counts for another.
#pragma once

#include <string_view>

namespace smeg::trust::domains {

// Hashes
inline constexpr std::string_view kGenesis = "smegmesh genesis 1";
inline constexpr std::string_view kNextRoot = "smegmesh next root 1";
inline constexpr std::string_view kSni = "smegmesh sni 1";
inline constexpr std::string_view kStatementId = "smegmesh statement id 1";
inline constexpr std::string_view kItemId = "smegmesh ledger item 1";
inline constexpr std::string_view kLedgerDigest = "smegmesh ledger digest 1";
inline constexpr std::string_view kCertificateHash = "smegmesh certificate 1";
inline constexpr std::string_view kTokenChecksum = "smegmesh token checksum 1";

// Signatures
inline constexpr std::string_view kRootStep = "smegmesh root step 1";
inline constexpr std::string_view kRootSuccessor = "smegmesh root successor 1";
inline constexpr std::string_view kRootStatement = "smegmesh root statement 1";
inline constexpr std::string_view kLeave = "smegmesh leave 1";
inline constexpr std::string_view kRevocation = "smegmesh revocation 1";
inline constexpr std::string_view kJoin = "smegmesh join 1";

}  // namespace smeg::trust::domains
