// A member of one mesh shows itself to those of another, who know nothing of the first but its id.
#pragma once

#include "trust/certificate.h"

namespace smeg::trust {

// The certificate in a credential, once the way from the mesh's id over its roots and a delegation to the certificate
// was found good. What removals and floors say is known in that mesh alone: so a credential says that somebody was made
// a member, not that it still is one. Made by Ledger::credential. Fails: too_large, malformed, unsupported,
// unauthenticated, forbidden (the delegate may not grant that), invalid, and conflict where it is of another mesh.
Result<Certificate> check_credential(ByteView credential, const MeshId& mesh);

}  // namespace smeg::trust
