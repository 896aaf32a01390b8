// Removals that members and delegates sign. (Those of the root are statements.)
#pragma once

#include <variant>

#include "trust/certificate.h"
#include "trust/statement.h"

namespace smeg::trust {

// A member goes: covers its incarnations up to the certificate's, by whomever it was admitted. It can be admitted
// again.
struct Leave {
  Certificate certificate;
};

using Removal = std::variant<Leave, Revocation>;

Bytes encode_removal(const Removal& removal);
// Fails with malformed, too_large, invalid, or unsupported (a kind of a later version: nobody here can say who had to
// sign it).
Result<Removal> decode_removal(ByteView payload);

}  // namespace smeg::trust
