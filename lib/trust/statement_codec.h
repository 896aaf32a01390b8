// The protobuf form of what both the root and a delegate may say. Used by this module's .cc files alone.
#pragma once

#include "trust/statement.h"

namespace smeg::wire {
class Revocation;
}

namespace smeg::trust {

void set_revocation(const Revocation& value, wire::Revocation& out);
// Fails with malformed or invalid.
Result<Revocation> get_revocation(const wire::Revocation& in);

}  // namespace smeg::trust
